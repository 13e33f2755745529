"""Text into trees with places, without opinions."""
