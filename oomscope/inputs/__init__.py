"""What stands beside the log: inventories, metric series and copied cgroup files, joined with the incidents they explain.

Every input is optional, and a file unless a server or a cluster is named. A run without any imports nothing of this but
the empty shapes, and what each input is.
"""

from oomscope.inputs.side_files import SideFiles
from oomscope.inputs.side_inputs import CONTAINER_STARTS, SIDE_MEMBERS, START_HINTS, STARTS, TELLING_STARTS, Life, Side

__all__ = ["CONTAINER_STARTS", "SIDE_MEMBERS", "STARTS", "START_HINTS", "TELLING_STARTS", "Life", "Side", "SideFiles"]
