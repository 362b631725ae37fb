"""The flight recorder: the memory of every cgroup over time, in a ring on disk, for the kill that may come."""
