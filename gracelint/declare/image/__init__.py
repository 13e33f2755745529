"""What a Dockerfile says: stages, files, launch."""
