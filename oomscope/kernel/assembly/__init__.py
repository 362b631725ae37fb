"""Which line belongs to which report."""
