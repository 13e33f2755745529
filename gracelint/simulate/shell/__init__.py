"""The abstract shell: runs a script on the small kernel, signals and all."""
