"""Shell scripts as trees with places."""
