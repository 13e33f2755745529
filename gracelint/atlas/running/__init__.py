"""How commands run: for how long, under which reloader, with which timers."""
