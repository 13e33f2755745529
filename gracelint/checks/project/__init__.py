"""Rules given everything found in the run."""
