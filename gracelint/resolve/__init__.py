"""From what the checks report to what people see: selection, levels, ignores, one text once."""
