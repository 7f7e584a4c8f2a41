"""The outside: one module per program, service or kind of file."""
