"""From facts and cause files to a verdict with its odds."""
