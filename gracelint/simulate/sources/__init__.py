"""What the source of an application says of its signal handlers."""
