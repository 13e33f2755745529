"""Source text in general-purpose languages, read into one small tree for all of them."""
