"""Closed values that pass between the parts of a run."""
