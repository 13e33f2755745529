"""Charts: copied, rendered with and without marks, and read back to templates and values."""
