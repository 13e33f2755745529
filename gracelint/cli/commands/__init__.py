"""The commands, each in the module of its first word."""
