"""Dockerfiles as trees with places."""
