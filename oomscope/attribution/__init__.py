"""Weighs the evidence that the cause files name, and says how sure that makes."""
