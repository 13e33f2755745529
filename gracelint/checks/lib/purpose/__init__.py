"""What containers are for, as those beside them and their work say."""
