"""Readers for wrappers whose arguments or files an entry alone does not describe."""
