"""What knows nothing of containers: text and places, facts, paths, signals, value classes."""
