"""Rules given a pod or a Compose project."""
