"""What follows from a report's numbers: badness, page size, gfp flags, victims, forgery."""
