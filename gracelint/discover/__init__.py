"""Which files matter, and which images are built where."""
