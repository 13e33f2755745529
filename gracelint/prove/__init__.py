"""A launch on a real engine: started, stopped, and held against what was predicted."""
