"""Where an incident stands: its file and lines, and its host, as soon as more than one of them was read."""

import os.path
from collections.abc import Iterable

from oomscope.report.fields import Doc, line_words, rows, span, sub, text

_SHOWN = 4


class Places:
    """The files and hosts of one document."""

    def __init__(self, doc: Doc) -> None:
        self._inputs = rows(doc, "inputs")
        self._machines = rows(doc, "machines")
        incidents = rows(doc, "incidents")
        self.many_files = len(self._inputs) > 1
        hosts = {text(i, "host") for i in incidents} | {text(m, "host") for m in self._machines}
        self.many_hosts = len(self._machines) > 1 or len(hosts - {""}) > 1

        self.folder = _folder([text(i, "path") for i in self._inputs])
        """The folder that all files are in, with its slash: what a table of files need not repeat."""
        self._rebooted = {text(m, "host") for m in self._machines if m.get("boot")}

    @property
    def many(self) -> bool:
        """True if a reader has to be told which file or host an incident is of."""
        return self.many_files or self.many_hosts

    def file(self, incident: Doc) -> str:
        """Return the path as it was given, with the member of an archive behind an arrow."""
        source = sub(incident, "source") or self._input(incident)
        member = text(source, "member")
        return text(source, "path") + (f" → {member}" if member else "")

    def host(self, incident: Doc) -> str:
        """Return the host's name, and which of its boots where there are several; for want of a name, `machine 2`."""
        number = incident.get("machine")
        if not isinstance(number, int) or not 0 <= number < len(self._machines):
            return text(incident, "host")
        machine = self._machines[number]
        named = text(incident, "host") or text(machine, "host")
        what = "boot" if named else "boot or machine"
        boot = f"{what} {int(machine.get('boot') or 0) + 1}" if text(machine, "host") in self._rebooted else ""
        if named or boot:
            return ", ".join(part for part in (named, boot) if part)
        return f"machine {number + 1}" if len(self._machines) > 1 else ""

    def of(self, incident: Doc) -> str:
        """Return `node-3, dmesg.txt lines 12–96`; the lines alone where one log of one host was read."""
        lines = line_words(span(incident.get("lines")))
        file = self.file(incident) if self.many_files or text(sub(incident, "source"), "member") else ""
        where = " ".join(part for part in (file, lines) if part)
        return ", ".join(part for part in (self.host(incident) if self.many_hosts else "", where) if part)

    def over(self, incidents: Iterable[Doc]) -> str:
        """Return the hosts and files of several incidents; nothing where one log of one host was read."""
        found = list(incidents)
        hosts = _few([self.host(i) for i in found], "hosts") if self.many_hosts else ""
        files = _few([self.file(i) for i in found], "files") if self.many_files else ""
        return ", ".join(part for part in (hosts, files) if part)

    def _input(self, incident: Doc) -> Doc:
        number = incident.get("input")
        return self._inputs[number] if isinstance(number, int) and 0 <= number < len(self._inputs) else {}


def _few(names: Iterable[str], what: str) -> str:
    once = [name for name in dict.fromkeys(names) if name]
    if len(once) <= _SHOWN:
        return ", ".join(once)
    return f"{', '.join(once[: _SHOWN - 1])} and {len(once) - _SHOWN + 1} more {what}"


def _folder(paths: list[str]) -> str:
    folders = [path.rpartition("/")[0] for path in paths]
    if len(folders) < 2 or not all(folder.startswith("/") for folder in folders):
        return ""
    common = os.path.commonpath(folders)
    return common if common.endswith("/") else common + "/"
