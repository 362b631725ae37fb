"""Judges the cause files on labelled logs, and refits their weights. For those who write rules, not for an analysis."""
