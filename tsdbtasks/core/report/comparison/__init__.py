"""The comparison of two runs in the forms that people and programs read."""
