"""The tree as a run sees it: the one door to the disk."""
