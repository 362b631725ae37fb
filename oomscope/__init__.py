"""Reads Linux kernel logs, finds every OOM kill in them and says who died, whose limit it was, why, and how sure.

import oomscope

analysis = oomscope.analyze(["dmesg.txt"])
analysis.document()      # the JSON document, as a dict
analysis.to_frames()     # pandas tables
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oomscope.analysis import Analysis
    from oomscope.api import Options, analyze
    from oomscope.errors import InputError, OomscopeError, RuleError, UsageError

__version__ = "0.1.0"
__all__ = ["Analysis", "InputError", "OomscopeError", "Options", "RuleError", "UsageError", "analyze"]

_HOME = {"Analysis": "analysis", "Options": "api", "analyze": "api"}


def __getattr__(name: str) -> object:
    """Import a stage only when it is asked for: `oomscope --version` needs none."""
    if name not in __all__:
        raise AttributeError(f"module 'oomscope' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"oomscope.{_HOME.get(name, 'errors')}"), name)
