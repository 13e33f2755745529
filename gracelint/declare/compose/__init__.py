"""What a Compose project says."""
