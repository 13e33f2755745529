"""What rules about pods share."""
