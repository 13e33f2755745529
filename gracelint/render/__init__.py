"""Charts and kustomizations as the real programs render them, with the way back to their text."""
