"""Records to OOM events: the words of the kernel. Knows nothing about Kubernetes."""
