"""`gracelint prove`: predicted beside observed."""
