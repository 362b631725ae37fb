"""An analysis as it may be handed on: the same views, without names."""

from collections.abc import Iterator, Mapping, Sequence

from oomscope.analysis import Analysis
from oomscope.report.document.incident_body import Json
from oomscope.report.redact import STANDARD, Redactor


class Redacted(Analysis):
    """The views of another analysis with the names of hosts, users and addresses taken out; see `report.redact`."""

    def __init__(self, analysis: Analysis, level: str = STANDARD) -> None:
        self.__dict__.update(analysis.__dict__)
        self._whole = analysis
        incidents = analysis.incident_documents()
        machines = [{"host": machine.host} for machine in analysis.machines]
        self._redactor = Redactor(incidents, machines, level)
        self.level = level

    @property
    def mapping(self) -> Mapping[str, str]:
        """Each name that was taken out of what has been written so far, and what stands for it."""
        return self._redactor.mapping

    def document(self) -> Json:
        return self._clean(self._whole.document())

    def shown_document(self, most: int = 1_000) -> Json:
        return self._clean(self._whole.shown_document(most))

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
