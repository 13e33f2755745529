"""The language server: what `gracelint server` runs."""
