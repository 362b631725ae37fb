"""Bytes of an input: opened, unpacked, cut into windows of whole lines."""
