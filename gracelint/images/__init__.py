"""Writing `gracelint.lock`: what images start, read from archives, an engine or a registry."""
