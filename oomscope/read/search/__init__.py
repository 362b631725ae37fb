"""Where in an input to look: regions around the kernel's words, kept lines, head and tail."""
