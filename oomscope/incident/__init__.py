"""Events joined with who they happened to: accounting, replay, identity, repeats."""

from oomscope.incident.bare_kill_lines import adopt
from oomscope.incident.build import build_incidents
from oomscope.incident.incident import Accounting, Incident, Part, Scope, WorkloadRef

__all__ = ["Accounting", "Incident", "Part", "Scope", "WorkloadRef", "adopt", "build_incidents"]
