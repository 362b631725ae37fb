"""The `when` language and the placeholders of cause files."""
