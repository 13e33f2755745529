"""Rules given one workload's story."""
