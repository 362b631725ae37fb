"""`oomscope explain`: a cause, a fact, a gfp_mask, a scope or an account, from the same data that the page is made of."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from oomscope.causes.files.cause import Cause, EvidenceRule
from oomscope.causes.files.load import load_bundled
from oomscope.causes.language.placeholders import guess, without_incident
from oomscope.cli.output import put
from oomscope.errors import UsageError
from oomscope.explain.gfp_flags import GFP_WORDS
from oomscope.explain.scopes import SCOPE_TEXTS
from oomscope.explain.topics import TOPICS
from oomscope.facts import VOCABULARY
from oomscope.facts.origins import ORIGINS, origin_of
from oomscope.inputs.registry import command_for
from oomscope.inputs.side_input import Asked
from oomscope.report.words import SCOPES
from oomscope.safe_text import safe, safe_line

_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLAGS = re.compile(
    r"(0x[0-9a-fA-F]{1,16})?\(?((?:__)?GFP_[A-Z0-9_]+(?:\|(?:(?:__)?GFP_[A-Z0-9_]+|0x[0-9a-fA-F]+))*)\)?"
)
_WIDTH = 96

_ALIASES = {
    **dict.fromkeys(("unit", "slice", "scope", "session", "user", "user-session", "systemd"), "service"),
    **dict.fromkeys(("guaranteed", "burstable", "besteffort", "qos-slice"), "qos"),
    **dict.fromkeys(("allocatable", "node-allocatable", "kubernetes"), "kubepods"),
    **dict.fromkeys(("docker", "podman"), "container"),
    "constraint_memcg": "memcg",
    **dict.fromkeys(("host", "global", "global_oom", "constraint_none"), "node"),
    **dict.fromkeys(("numa", "constraint_memory_policy"), "mempolicy"),
    **dict.fromkeys(("constraint_cpuset",), "cpuset"),
    **dict.fromkeys(("sysrq-f", "moom_callback"), "sysrq"),
    **dict.fromkeys(("panic_on_oom",), "panic"),
    **dict.fromkeys(("container_memory_usage_bytes", "memory.current", "accounts", "limit"), "usage"),
    **dict.fromkeys(("kubectl-top", "container_memory_working_set_bytes", "docker-stats", "working_set"), "working-set"),
    **dict.fromkeys(("container_memory_rss", "total_rss"), "rss"),
    **dict.fromkeys(("cache", "container_memory_cache", "page_cache_pages"), "page-cache"),
    **dict.fromkeys(("shmem", "emptydir"), "tmpfs"),
    **dict.fromkeys(("swappiness", "memsw", "memory.swap.max"), "swap"),
    **dict.fromkeys(("oom_score_adj", "adj", "request"), "requests"),
    **dict.fromkeys(("memory.low", "protection"), "memory.min"),
    **dict.fromkeys(("evictions", "evicted", "evictionhard", "kube-reserved", "system-reserved", "reserved"), "eviction"),
    **dict.fromkeys(("committed_as", "commitlimit", "overcommit_memory", "vm.overcommit_memory"), "overcommit"),
    **dict.fromkeys(("open", "undetermined", "leaning", "likely", "very likely", "very-likely", "verdict"), "odds"),
    **dict.fromkeys(("psi", "memory.pressure", "stalls"), "pressure"),
    "failswapon": "eviction",
    **dict.fromkeys(("min", "low", "high"), "watermarks"),
    **dict.fromkeys(("oomkilled", "exit-137", "137", "error"), "container-exit"),
}  # fmt: skip
"""Other words for the same, in lower case."""


def run(what: str | None) -> None:
    """Print the explanation, or without a word what there is. Raises UsageError for an unknown one, with what is close."""
    put(_index() if what is None else explained(what))


def explained(what: str) -> str:
    """Return the explanation of a word. Raises UsageError for an unknown one, with what is close."""
    word = what.strip()
    if _HEX.fullmatch(word):
        return _mask(word)
    if flags := _FLAGS.fullmatch(word):
        return "\n".join(_flags(flags[2].split("|")))
    return safe(_named(word))


def _named(word: str) -> str:
    """Everything that goes by the name: `pod` is a scope, and a fact as well."""
    known = _ALIASES.get(word.lower(), word.lower())
    causes = ["\n".join(_cause(one)) for one in load_bundled(VOCABULARY) if one.cause == word]
    found = list(causes)
    found += ["\n".join(_scope(known))] if known in SCOPE_TEXTS else []
    found += ["\n".join(_topic(known))] if known in TOPICS and not causes else []
    found += [_fact(word)] if word in VOCABULARY else []
    if not found:
        said = f"{safe_line(word)} is no cause, fact, scope, account or gfp_mask{_near(word)}"
        raise UsageError(f"{said}; oomscope explain lists them all")
    return "\n\n".join(found)


def _cause_ids() -> list[str]:
    """Return the id of each cause that has a file."""
    return list(dict.fromkeys(one.cause for one in load_bundled(VOCABULARY)))


def _near(word: str) -> str:
    """What is spelt nearly so, also where only a part of it was typed."""
    known = [*_cause_ids(), *TOPICS, *SCOPE_TEXTS, *VOCABULARY, *GFP_WORDS]
    close = get_close_matches(word, known, 3, 0.6) or get_close_matches(word.lower(), known, 3, 0.6)
    close += [name for name in known if len(word) > 3 and word.lower() in name.lower() and name not in close]
    return f"; close: {', '.join(close[:3])}" if close else ""


def _index() -> str:
    """Everything that can be explained; the facts by where they come from."""
    lines = [
        "oomscope explain WORD, where WORD is",
        "",
        "a cause:",
        *_listed(_cause_ids()),
        "",
        "a scope, whose limit it was:",
        *_listed(SCOPE_TEXTS),
    ]
    lines += ["", "an account, what a number means:", *(f"  {name:17} {topic.title}" for name, topic in TOPICS.items())]
    lines += ["", "a gfp_mask: 0x100cca, or GFP_KERNEL|__GFP_ZERO"]
    for origin, words in ORIGINS.items():
        names = [name for name in VOCABULARY if origin_of(name) == origin]
        lines += ["", f"a fact of {words}:", *_listed(names)]
    return "\n".join(lines)


def _listed(names: Iterable[str]) -> list[str]:
    return _wrapped(", ".join(names), "  ")


def _wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent, break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip


def _said(rule: EvidenceRule) -> str:
    """The sentence of a clue without an incident: the figures are those of its condition."""
    return guess(rule.says.template, {}, rule.when.text)


def _cause(cause: Cause) -> Iterator[str]:
    yield f"{cause.cause} ({', '.join(cause.branch)}): {cause.title}"
    yield f"  Before any clue it has {cause.prior:+g} nats; a clue of 1 nat multiplies its odds by 2.7."
    ranked = sorted(cause.evidence, key=lambda rule: -abs(rule.weight))
    for title, rules in (
        ("For it:", [r for r in ranked if r.weight > 0]),
        ("Against it:", [r for r in ranked if r.weight <= 0]),
    ):
        if rules:
            yield ""
            yield title
            for rule in rules:
                yield from _clue(rule)
    if cause.remedies:
        yield ""
        yield "What helps:"
        seen = dict.fromkeys(
            (without_incident(r.action.template), r.command.text if r.command else None) for r in cause.remedies
        )
        for action, command in seen:
            yield from _wrapped(action, "    ", "  - ")
            if command:
                yield f"    $ {_plain(command)}"
    yield from _questions(cause)


def _questions(cause: Cause) -> Iterator[str]:
    if cause.settle:
        yield ""
        yield "What would settle it:"
    for rule in cause.settle:
        yield from _wrapped(without_incident(rule.asks.template), "    ", "  - ")
        if rule.command:
            yield f"    $ {_plain(rule.command.text)}"


def _plain(command: str) -> str:
    """A command with its facts in capitals: a shell would not take words of a sentence."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), command).replace("{{", "{").replace("}}", "}")


def _clue(rule: EvidenceRule) -> Iterator[str]:
    yield from _wrapped(_said(rule), "         ", f"  {rule.weight:+5.2f}  ")
    yield from _wrapped(f"when {' '.join(rule.when.text.split())}", "         ", "         ")


def _fact(name: str) -> str:
    fact = VOCABULARY[name]
    lines = _wrapped(f"{name}: {fact.meaning}", "  ", "")
    lines.append(f"  unit: {fact.unit}")
    lines += _wrapped(f"from: {ORIGINS[origin_of(name)]}", "        ", "  ")
    command = command_for(fact.origin, Asked(kubernetes=None, version=None, cgroup=None, named=True, timed=True))
    if command is not None:
        lines.append(f"  get it: $ {command}")
    if fact.source:
        lines += _wrapped(f"source: {fact.source}", "          ", "  ")
    causes = load_bundled(VOCABULARY)
    used = [
        row
        for cause in causes
        for rule in sorted(cause.evidence, key=lambda rule: -abs(rule.weight))
        if name in rule.when.compiled.facts
        for row in (f"  {rule.weight:+5.2f}  {cause.cause} ({', '.join(cause.branch)}): {_said(rule)}", f"         when {' '.join(rule.when.text.split())}")
    ]  # fmt: skip
    named = sorted({cause.cause for cause in causes for text in _texts(cause) if f"{{{name}}}" in text})
    lines += ["", "Clues that rest on it, in nats:" if used else "No clue rests on it.", *used]
    return "\n".join(
        [
            *lines,
            *(["", *_wrapped(f"Used in the remedies and questions of {', '.join(named)}.", "", "")] if named else []),
        ]
    )


def _texts(cause: Cause) -> Iterator[str]:
    for remedy in cause.remedies:
        yield from (part.text for part in (remedy.action, remedy.detail, remedy.command) if part is not None)
    for question in cause.settle:
        yield from (part.text for part in (question.asks, question.command) if part is not None)


def _scope(name: str) -> Iterator[str]:
    text = SCOPE_TEXTS[name]
    yield f"{name}: {SCOPES[name]}" if name in SCOPES else f"{name}:"
    for title, words in (
        ("Whose limit", text.whose), ("Who dies", text.dies), ("What is shown", text.shows), ("What moves it", text.moves),
    ):  # fmt: skip
        yield ""
        yield from _wrapped(words, "  ", f"  {title}: ")
    yield ""
    yield f"  $ {text.look}"


def _topic(name: str) -> Iterator[str]:
    topic = TOPICS[name]
    yield f"{name}: {topic.title}"
    for paragraph in topic.paragraphs:
        yield ""
        yield from _wrapped(paragraph, "  ")
    yield ""
    yield from _wrapped(f"source: {topic.source}", "  ")


def _mask(mask: str) -> str:
    """The flag values moved four times: the same hex is decoded for every era, and each name explained once."""
    from oomscope.kernel.derive.gfp import ERAS, decode

    rows, names = [], dict[str, None]()
    for words, release in ERAS:
        found = decode(mask, release)
        names.update(dict.fromkeys(found))
        rows.append(f"  {words:14} {'|'.join(found) if found else 'not known'}")
    flags = _flags([name for name in names if name in GFP_WORDS])
    head = f"{mask.lower()} by kernel version (the values moved; newer kernels print the names):"
    return "\n".join([head, *rows, "", *flags])


def _flags(names: Sequence[str]) -> list[str]:
    """What each flag means for reclaim. Raises UsageError for one that no kernel has."""
    unknown = [name for name in names if name not in GFP_WORDS and not name.startswith("0x")]
    if unknown:
        raise UsageError(f"{safe_line(unknown[0])} is no flag of a gfp_mask{_near(unknown[0])}")
    shown = [name for name in dict.fromkeys(names) if name in GFP_WORDS]
    return [line for name in shown for line in _wrapped(GFP_WORDS[name], " " * 25, f"  {name:22} ")]
