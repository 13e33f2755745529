"""From a workload to the story of its stop."""
