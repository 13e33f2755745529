"""What words, parameters and arithmetic come to, as far as the files tell."""
