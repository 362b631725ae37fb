"""What is open while a log is read: streams, open reports, and the lines that come next."""
