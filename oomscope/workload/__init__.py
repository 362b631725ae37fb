"""Cgroup paths to pods, containers and units; what inventories and runtimes say about them."""
