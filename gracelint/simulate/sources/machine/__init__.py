"""A machine that plays programs in general-purpose languages."""
