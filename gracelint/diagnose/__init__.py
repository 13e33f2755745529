"""From the end of a run to what broke it, in words and in time."""
