"""The JSON document and its schema."""
