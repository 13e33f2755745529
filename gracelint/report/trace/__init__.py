"""The formats of `gracelint trace`."""
