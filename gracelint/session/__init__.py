"""One run over one tree of files."""
