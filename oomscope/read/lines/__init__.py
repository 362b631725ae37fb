"""Records from lines of text: pasted, wrapped, escaped or as the kernel wrote them."""
