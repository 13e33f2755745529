"""Rules given one parsed Dockerfile."""
