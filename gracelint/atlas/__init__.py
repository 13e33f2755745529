"""What known shells, inits, wrappers, programs and base images do, as data with evidence."""
