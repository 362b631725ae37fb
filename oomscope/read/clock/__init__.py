"""Times of records: formats, missing years, clocks that are aligned."""
