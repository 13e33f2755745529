"""YAML documents as trees with places, and edits of their text."""
