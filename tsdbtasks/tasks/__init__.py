"""The commands: each reads its settings, calls what is below, shows the result and gives a verdict."""
