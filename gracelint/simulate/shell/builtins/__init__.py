"""The builtins that matter for a stop; `table` names them."""
