"""A small vocabulary for the tests of the engine: two or more facts of each kind and unit."""

from dataclasses import dataclass

from oomscope.causes import Vocabulary
from oomscope.causes.language.vocabulary import Kind, Unit


@dataclass(frozen=True)
class Spec:
    name: str
    kind: Kind
    unit: Unit


_SPECS = (
    Spec("shmem_share", "number", "share"),
    Spec("anon_share", "number", "share"),
    Spec("usage_bytes", "number", "bytes"),
    Spec("shmem_bytes", "number", "bytes"),
    Spec("lives", "number", "count"),
    Spec("table_pages", "number", "pages"),
    Spec("lifetime", "number", "seconds"),
    Spec("victim_comm", "text", "text"),
    Spec("pod", "text", "text"),
    Spec("own_limit", "truth", "truth"),
    Spec("oom_group", "truth", "truth"),
)
VOCABULARY: Vocabulary = {spec.name: spec for spec in _SPECS}
NUMBERS = [spec.name for spec in _SPECS if spec.kind == "number"]
TEXTS = [spec.name for spec in _SPECS if spec.kind == "text"]
TRUTHS = [spec.name for spec in _SPECS if spec.kind == "truth"]
