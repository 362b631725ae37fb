"""Names taken out of everything that is written: hosts, users, addresses, accounts; one pseudonym for one name in a run.

What stands in a field whose meaning is known (a host, a pod) is taken out wherever else it stands; what is known by its
form alone (an address, an account) by that form. Free text may still say anything: this is best effort, and said to be.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from oomscope.report.fields import Doc, rows, sub
from oomscope.report.file_names import without_names
from oomscope.report.own_words import own_words

STANDARD: Final = "standard"
STRICT: Final = "strict"

_SUFFIX = re.compile(r"-(?:[0-9a-f]{6,10}-)?[a-z0-9]{5}$|-[0-9a-f]{6,10}$")
_TOP = "com|net|org|io|dev|cloud|internal|local|lan|corp|intra|home|localdomain|gov|edu|mil|int|eu|uk|de|fr|nl|ch|at|jp|cn|in|br|us|ca|au|ru|se|no|dk|fi|it|es|pl|cz|test|example|invalid"
_VALUE = r"""=(?:\\.|[^\\,"'<>;()\n=]){1,128}"""
_RDN = rf"(?:uid|cn|ou|dc|mail|samaccountname|userprincipalname){_VALUE}"
_MORE = rf"(?:uid|cn|ou|dc|mail|o|l|c|st|street|sn){_VALUE}"
_FORMS: Final = (
    ("user", re.compile(r"(?<=://)[^\s:/@]{1,256}(?=(?::[^\s/@]{0,256})?@)")),
    ("bucket", re.compile(r"(?<=\bs3://)[\w.-]{1,255}|(?<=\bs3a://)[\w.-]{1,255}|(?<=\bs3n://)[\w.-]{1,255}|(?<=\bgs://)[\w.-]{1,255}|(?<=\boss://)[\w.-]{1,255}")),
    ("bucket", re.compile(r"(?:(?<=\babfs://)|(?<=\babfss://)|(?<=\bwasb://)|(?<=\bwasbs://))[\w.$-]{1,63}(?:@[\w.-]{1,255})?")),
    ("bucket", re.compile(r"(?<![a-z0-9.-])[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?=\.s3[\w.-]{0,40}\.amazonaws\.com)|(?<=storage\.googleapis\.com/)[\w.-]{3,63}|(?<=amazonaws\.com/)[\w.-]{3,63}")),
    ("bucket", re.compile(r"\b[a-z0-9]{3,24}(?=\.(?:blob|dfs|file|queue|table)\.core\.windows\.net)")),
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}%40[\w-]{1,63}(?:(?:\.|%2[eE])[\w-]{1,63}){1,8}")),
    ("dn", re.compile(rf"(?i)(?<![\w-]){_RDN}(?:, ?{_MORE}){{1,16}}")),
    ("user", re.compile(r"(?<![\w\\])[A-Za-z][A-Za-z0-9.-]{1,30}\\{1,2}(?!x[0-9a-fA-F]{2}|[0-7]{3}|[abfnrtv](?![\w.$-]))[A-Za-z][\w.$-]{0,63}")),
    ("cloud", re.compile(r"\barn:[\w-]{1,20}:[\w:/.*+=@-]{1,256}")),
    ("cloud", re.compile(r"(?<=[:/])\d{12}(?=[:/])|(?:(?i:(?<=account=)|(?<=account_id=)|(?<=account-id=)|(?<=accountid=)|(?<=account: )|(?<=account ))|(?<=accountId\":\")|(?<=accountId\": \"))\d{12}\b|(?<=projects/)\d{6,14}\b")),
    ("cloud", re.compile(r"\b(?:i|vol|eni|ami|sg|subnet|vpc|snap|rtb|igw|nat|acl|lt|asg)-[0-9a-f]{8,17}\b")),
    ("cloud", re.compile(r"(?<=/subscriptions/)[0-9a-fA-F-]{36}|(?<=projects/)[a-z][a-z0-9-]{4,40}\b")),
    ("cloud", re.compile(r"(?<![\w.-])\d{12}(?=\.dkr\.ecr\.)")),
    ("host", re.compile(r"\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b")),
    ("mac", re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])")),
    ("ip", re.compile(r"(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.-])")),
    ("ip", re.compile(r"(?<![\w:])(?:f[cde][0-9a-f]{2}|2[0-9a-f]{3}):(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])")),
    ("user", re.compile(r"(?<=/home/)[\w.-]{1,64}|(?<=/Users/)[\w.-]{1,64}|(?<=\bsession opened for user )[\w.-]{1,64}")),
    ("user", re.compile(r"(?<=\buid=)(?!\d)[A-Za-z_][\w.-]{0,63}|(?<=\bCN=)[\w.-]{1,64}")),
    ("user", re.compile(r"(?<=\buser[= ])(?!slice)[a-z_][\w.-]{0,63}(?=[\s,;)(@]|$)|(?<=\bUSER=)[\w.-]{1,64}")),
    ("user", re.compile(r"(?<=\bLOGNAME=)[\w.-]{1,64}|(?<=\bSUDO_USER=)[\w.-]{1,64}|(?<=\bacct=\")[\w.-]{1,64}|(?<=\\Users\\)[\w.-]{1,64}")),
    ("user", re.compile(r"(?<=\buid=\d\()[\w.-]{1,64}|(?<=\buid=\d{4}\()[\w.-]{1,64}|(?<=\buid=\d{5}\()[\w.-]{1,64}")),
    ("machine", re.compile(r"(?<=_MACHINE_ID\": \")[0-9a-f]{32}|(?<=_MACHINE_ID\":\")[0-9a-f]{32}|(?<=_MACHINE_ID=)[0-9a-f]{32}")),
    ("host", re.compile(r"(?<=\bhostname=)[\w.-]{1,253}|(?<=\blogged in from )[\w.-]{1,253}|(?<=\bnfs: server )[\w.-]{1,253}")),
    ("host", re.compile(r"(?<=://)(?![\w.-]{1,253}@)[a-zA-Z][\w-]{0,62}(?=[:/\s\"']|$)|(?<=[\w*]@)[a-zA-Z][\w-]{0,62}(?![\w.@-])")),
    ("mac", re.compile(r"\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b|\b(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}\b")),
    ("domain", re.compile(rf"(?<![\w.@-])(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?\.){{1,8}}(?:{_TOP})(?![\w-]|\.\w)")),
)  # fmt: skip
_PREFIX = re.compile(
    r"^((?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.,+Z-]{8,30}) )([\w.-]{1,253})(?= )"
)
"""What a syslog writes before a line: a time, and the host."""
_NEVER = frozenset(["localhost", "kubernetes.io", "k8s.io", "cluster.local", "127.0.0.1", "255.255.255.255"])
_COMMON = frozenset(
    [
        "node",
        "host",
        "kernel",
        "memory",
        "pod",
        "pods",
        "container",
        "containers",
        "root",
        "system",
        "user",
        "users",
        "init",
        "java",
        "python",
        "python3",
        "oom",
        "killed",
        "process",
        "processes",
        "task",
        "tasks",
        "limit",
        "swap",
        "page",
        "pages",
        "linux",
        "server",
        "worker",
        "master",
        "main",
        "dev",
        "test",
        "prod",
        "local",
    ]
)
"""Words of our own sentences: as a name they are taken out only where nothing else is meant."""
_CALLED = frozenset(["java", "python", "python3"])
"""Those of them that processes are called, which a sentence of the cause files says of itself."""
_PROGRAMS = frozenset(
    ["kubelet", "containerd", "dockerd", "systemd", "systemd-oomd", "earlyoom", "journald", "kubectl"]
)
"""Programs that our own sentences speak of: as a name they are left in a sentence."""
_SENTENCES = frozenset(
    ["says", "why", "reason", "headline", "message", "detail", "action", "question", "summary", "title"]
)
_KEPT = frozenset(
    [
        "id",
        "incident",
        "sha256",
        "wall",
        "wall_source",
        "first_time",
        "last_time",
        "first",
        "last",
        "cause",
        "words",
        "branch",
        "scope",
        "constraint",
        "outcome",
        "trust",
        "killer",
        "format",
        "code",
        "schema_version",
        "oomscope_version",
        "rules_hash",
        "example",
        "measure",
        "clock",
        "group",
        "orchestrator",
        "runtime",
        "cgroup_driver",
        "qos_class",
        "architecture",
        "gfp_mask",
    ]
)
"""Keys whose values are words of ours or of the kernel's, or hashes."""


_TELLING = re.compile(r"[-_./0-9]")
_A_WORD = r"(?<![A-Za-z0-9])(?:{})(?![A-Za-z0-9])"


class Redactor:
    """Pseudonyms of one run: the same name has the same one in every output."""

    def __init__(
        self, incidents: Iterable[Doc], machines: Sequence[Doc] = (), level: str = STANDARD, files: Iterable[str] = ()
    ) -> None:
        """`incidents` and `machines` are those of a document; they may come one by one. `files` are names of its inputs."""
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._made: set[str] = set()
        self.level = level
        for kind, name in _named(incidents, machines, level):
            self._add(kind, name)
        self._known: re.Pattern[str] | None = None
        self._in_sentences: re.Pattern[str] | None = None
        self._prefixed: re.Pattern[str] | None = None
        self._compile()
        for file in files:  # as messages quote them, in one piece; the names in them are known by now
            clean = self.member(file)
            if clean != file and _TELLING.search(file):
                self._names.setdefault(file, clean)
        self._compile()

    def _compile(self) -> None:
        words = _COMMON - _CALLED if self.level == STRICT else _COMMON
        known = sorted((n for n in self._names if n.lower() not in words), key=len, reverse=True)
        self._known = _any_of(known, _A_WORD)
        self._in_sentences = _any_of([name for name in known if name not in _PROGRAMS], _A_WORD)
        common = [n for n in self._names if n.lower() in words]
        self._prefixed = _any_of(common, r"(?<=[\dZ:] )(?:{})(?= [\w.()/-]{{1,64}}(?:\[\d{{1,10}}\])?:)")

    @property
    def mapping(self) -> Mapping[str, str]:
        """Each name that was taken out so far, and what stands for it."""
        return dict(self._names)

    def text(self, words: str, *, is_sentence: bool = False) -> str:
        """The words without the names. `is_sentence`: it is one of ours, in which the names of some programs stay."""
        if words in self._names:
            return self._names[words]
        if self.level != STRICT or self._known is None or self._known.search(words) is None:
            return self._of_input(words, self._known)
        known = self._in_sentences if is_sentence else self._known
        return "".join(part if ours else self._of_input(part, known) for part, ours in own_words().pieces(words))

    def _of_input(self, words: str, known: "re.Pattern[str] | None") -> str:
        words = _PREFIX.sub(lambda found: found[1] + self._stands_for("host", found[2]), words)
        for names in (known, self._prefixed):
            if names is not None:
                words = names.sub(lambda found: self._names[found[0]], words)
        for kind, form in _FORMS:
            words = form.sub(lambda found, kind=kind: self._stands_for(kind, found[0]), words)  # type: ignore[misc]
        return words

    def value(self, value: Any, key: str = "") -> Any:  # noqa: ANN401 - whatever JSON may hold
        """A document, or a piece of one, without the names; sizes, times and hashes stay."""
        if isinstance(value, str):
            if key in _KEPT:
                return value
            if key in ("path", "member"):
                return self.path(value) if key == "path" else self.member(value)
            return self.text(value, is_sentence=key in _SENTENCES)
        if isinstance(value, Mapping):
            return {n if n.isidentifier() else self.text(n): self.value(one, n) for n, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(one, key) for one in value]
        return value

    def path(self, path: str) -> str:
        """A file's own name: the folders above it say who keeps it, and where."""
        return self.member(path.rsplit("/", 1)[-1])

    def member(self, path: str) -> str:
        """The path of a log in an archive or a directory, without the names in it."""
        return without_names(self.text(path), lambda name: self._stands_for("file", name))

    def line(self, written: str) -> str:
        """One line of JSON without the names."""
        from oomscope.report.json import render_line

        return render_line(self.value(json.loads(written)))

    def lines(self, raw: Mapping[str, Sequence[tuple[int, str]]]) -> "Mapping[str, Sequence[tuple[int, str]]]":
        """The log's lines by incident, read and changed when they are asked for."""
        return _Lines(self, raw)

    def _stands_for(self, kind: str, name: str) -> str:
        return name if name.lower() in _NEVER or name in self._made else self._add(kind, name)

    def _add(self, kind: str, name: str) -> str:
        known = self._names.get(name)
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            base = _SUFFIX.sub("", name) if kind == "pod" else kind
            known = self._names[name] = f"{base}-{'p' if kind == 'pod' else ''}{self._counts[kind]}"
            self._made.add(known)
        return known


class _Lines(Mapping[str, Sequence[tuple[int, str]]]):
    def __init__(self, redactor: Redactor, raw: Mapping[str, Sequence[tuple[int, str]]]) -> None:
        self._redactor, self._raw = redactor, raw

    def __getitem__(self, name: str) -> Sequence[tuple[int, str]]:
        return [(number, self._redactor.text(line)) for number, line in self._raw[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def _any_of(names: Sequence[str], around: str) -> "re.Pattern[str] | None":
    return re.compile(around.format("|".join(map(re.escape, names)))) if names else None


def _named(incidents: Iterable[Doc], machines: Sequence[Doc], level: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of what stands in fields whose meaning is known."""
    for machine in machines:
        yield from _field("host", machine, "host")
    for incident in incidents:
        load = sub(incident, "workload")
        yield from _field("host", incident, "host")
        if _SUFFIX.search(str(load.get("pod") or "")):
            yield from _field("pod", load, "pod")
        image = str(load.get("image") or "")
        registry = image.partition("/")[0]
        if "/" in image and (set(registry) & set(".:")):
            yield "registry", registry
        if level == STRICT:
            yield from _strict(incident, load)


def _strict(incident: Doc, load: Doc) -> Iterator[tuple[str, str]]:
    """What a process, a container or an image is called."""
    for kind, name in (("namespace", "namespace"), ("workload", "pod"), ("container", "container"), ("unit", "unit"), ("image", "image"), ("workload", "owner")):  # fmt: skip
        yield from _field(kind, load, name)
    for one in (sub(incident, "invoker"), *rows(incident, "victims"), *rows(incident, "tasks")):
        yield from _field("process", one, "comm")


def _field(kind: str, doc: Doc, name: str) -> Iterator[tuple[str, str]]:
    value = doc.get(name)
    if isinstance(value, str) and value:
        yield kind, value
