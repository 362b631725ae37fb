"""What other programs killed to save memory, and what they say about kills of the kernel's.

They speak in the same logs, so nothing here is believed more than its record's trust, and nothing counts as a kernel kill.
"""

from oomscope.killers.find import CORE_MARKERS, IN_PARTS, MARKERS, KillerWatch
from oomscope.killers.other_kill import Corroboration, Killed, OtherKill

__all__ = ["CORE_MARKERS", "IN_PARTS", "MARKERS", "Corroboration", "Killed", "KillerWatch", "OtherKill"]
