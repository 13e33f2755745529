"""Kustomizations: copied, rendered, and read back to resources, patches and generated files."""
