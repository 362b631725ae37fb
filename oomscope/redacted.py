"""An analysis as it may be handed on: the same views, without names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from oomscope.analysis import SHOWN, Analysis
from oomscope.read import InputSummary
from oomscope.report.document.incident_body import Json
from oomscope.report.redact import STANDARD, Redactor

if TYPE_CHECKING:
    import pandas


class Redacted(Analysis):
    """The views of another analysis with the names of hosts, users and addresses taken out; see `report.redact`."""

    def __init__(self, analysis: Analysis, level: str = STANDARD) -> None:
        self.__dict__.update(analysis.__dict__)
        self._whole = analysis
        incidents = analysis.incident_documents()
        machines = [{"host": machine.host} for machine in analysis.machines]
        files = {name for one in analysis.inputs for name in (one.path.rsplit("/", 1)[-1], one.member) if name}
        self._redactor = Redactor(incidents, machines, level, sorted(files))
        self.level = level
        self.inputs = tuple(map(self._clean_input, analysis.inputs))
        """As they are told of on stderr."""

    @property
    def mapping(self) -> Mapping[str, str]:
        """Each name that was taken out of what has been written so far, and what stands for it."""
        return self._redactor.mapping

    def _clean_input(self, one: InputSummary) -> InputSummary:
        text = self._redactor.text
        return one._replace(
            path=self._redactor.path(one.path),
            member=self._redactor.member(one.member) if one.member is not None else None,
            warnings=tuple(warning._replace(message=text(warning.message)) for warning in one.warnings),
        )

    def document(self) -> Json:
        return self._clean(self._whole.document())

    def shown_document(self, most: int = SHOWN) -> Json:
        return self._clean(self._whole.shown_document(most))

    def part(self, first: int, most: int) -> Json:
        return self._clean(self._whole.part(first, most))

    def _clean(self, doc: Json) -> Json:
        clean: Json = self._redactor.value(doc)
        return {"redaction": self.level, **clean}

    def incident_documents(self) -> Iterator[Json]:
        return map(self._redactor.value, self._whole.incident_documents())

    def workload_documents(self) -> Iterator[Json]:
        return map(self._redactor.value, self._whole.workload_documents())

    def written_lines(self) -> Iterator[str]:
        return map(self._redactor.line, self._whole.written_lines())

    def written_json(self) -> Iterator[str]:
        from oomscope.report.json import render_json

        yield render_json(self.document())

    def raw_lines(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        return self._redactor.lines(self._whole.raw_lines())

    def to_frames(self) -> "dict[str, pandas.DataFrame]":
        from oomscope.report.frames import frames

        facts = {one.id: self._redactor.value(self._whole.facts_of(one).values) for one in self.incidents}
        return frames(self.document(), facts)
