"""What stands beside the log: inventories, metric series and copied cgroup files, joined with the incidents they explain.

Every input is optional and an offline file. A run without any imports nothing of this but the empty shapes.
"""

from oomscope.side.shape import Life, Side, SideFiles

__all__ = ["Life", "Side", "SideFiles"]
