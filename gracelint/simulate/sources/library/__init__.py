"""What languages and their libraries do, in tables: one module for each language."""
