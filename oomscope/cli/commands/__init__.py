"""The commands as typer sees them: each with its options and its help, and none of its work."""
