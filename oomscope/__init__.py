"""Reads Linux kernel logs, finds every OOM kill in them and says who died, whose limit it was, why, and how sure.

>>> import oomscope
>>> analysis = oomscope.analyze("node.log")  # a path, an open file, or a list of these
>>> analysis
<Analysis of 1 input: 4 kills of 1 workload>
>>> doc = analysis.document()  # the JSON document, as a dict
>>> doc["incidents"][0]["victims"][0]["comm"]
'dotnet'
>>> analysis.save("report.html")  # the report page

`analysis.to_frames()` gives pandas tables, `analysis.html()` the page as text. Mistakes of the caller raise an
`OomscopeError` that says what to do:

>>> oomscope.analyze([])
Traceback (most recent call last):
  ...
oomscope.errors.UsageError: no log to analyze; name at least one, for example analyze('dmesg.txt')
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
