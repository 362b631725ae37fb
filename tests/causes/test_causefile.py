"""Cause files: what loads, and what each defect is told as."""

from pathlib import Path

import pytest
from engine_vocabulary import VOCABULARY
from hypothesis import given
from hypothesis import strategies as st

from oomscope.causes import Cause, failing_examples, index_text, load_dir, rules_hash
from oomscope.causes.files import index as index
from oomscope.causes.files.docs import rules_readme
from oomscope.causes.files.load import _load
from oomscope.errors import RuleError, UsageError

GOOD = """\
cause   = "tmpfs_fill"
title   = "A memory-backed filesystem filled the limit"
branch  = ["memcg", "node"]
prior   = -0.5
summary = "Files on tmpfs hold {shmem_bytes} of {usage_bytes}."

[[evidence]]
id     = "shmem-dominates"
group  = "composition"
when   = "shmem_share >= 0.5"
weight = 2.5
says   = "{shmem_share} of the charge is shmem"
source = "cgroup-v2.rst"

[[evidence]]
id     = "hardly-any-shmem"
group  = "composition"
when   = "shmem_share < 0.05"
weight = -3.0
says   = "only {shmem_share} is shmem"

[[remedy]]
when    = "own_limit"
action  = "set sizeLimit"
command = "kubectl get pod {pod} -o jsonpath='{{.spec.volumes}}'"

[[settle]]
asks    = "is a tmpfs mounted?"

[[example]]
facts   = { shmem_share = 0.97, usage_bytes = 67108864 }
gives   = { shmem-dominates = true, hardly-any-shmem = false }

[[example]]
facts   = {}
gives   = { shmem-dominates = "unknown" }

[[example]]
log     = "6.1-v2-tmpfs-live.log"
verdict = "tmpfs_fill"
"""


def load(text: str) -> object:
    return _load([("rules/x.toml", text.encode())], VOCABULARY)


def defects(text: str) -> str:
    with pytest.raises(RuleError) as error:
        load(text)
    return str(error.value)


def test_a_good_file_loads_and_its_examples_hold(tmp_path: Path) -> None:
    (tmp_path / "memcg").mkdir()
    (tmp_path / "memcg" / "tmpfs_fill.toml").write_text(GOOD)
    (cause,) = load_dir(tmp_path, VOCABULARY)
    assert cause.cause == "tmpfs_fill"
    assert [rule.id for rule in cause.evidence] == ["shmem-dominates", "hardly-any-shmem"]
    assert cause.file.endswith("/memcg/tmpfs_fill.toml")
    assert failing_examples(cause) == []


def test_an_example_that_does_not_hold_is_told() -> None:
    (cause,) = _load([("r.toml", GOOD.replace("shmem_share = 0.97", "shmem_share = 0.2").encode())], VOCABULARY)
    assert failing_examples(cause) == ["r.toml: example 1: `shmem-dominates` gives false, not true"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('cause   = "tmpfs_fill"', 'cause   = "tmpfs_fil"', ["x.toml:40: `tmpfs_fill` is not a cause of this folder", "did you mean `tmpfs_fil`?"]),
        ('cause   = "tmpfs_fill"\n', "", ["x.toml:1: the file has no `cause`"]),
        ('cause   = "tmpfs_fill"', 'cause   = "Tmpfs fill"', ["x.toml:1: `Tmpfs fill` is no id of a cause"]),
        ('cause   = "tmpfs_fill"', 'cause   = "undetermined"', ["x.toml:1: `undetermined` is no id of a cause"]),
        ('prior   = -0.5', 'name = "' + "x" * 41 + '"\nprior = 0', ["x.toml:4: `name` is longer than 40 characters"]),
        ("weight = 2.5", 'weight = 2.5\nuse = "shmem"', ["x.toml:12: no shared clue is called `shmem`", "in shared.toml"]),
        ('"node"]', '"nod"]', ["x.toml:3: `nod` is not a branch"]),
        ('["memcg", "node"]', "[]", ["x.toml:3: `branch` is empty"]),
        ("prior   = -0.5", "prior   = true", ["x.toml:4: `prior` must be a number"]),
        ("prior   = -0.5", "prior   = nan", ["x.toml:4: `prior` must lie between"]),
        ("prior   = -0.5", "priority = 1", ["x.toml:4: unknown key `priority`", "did you mean `prior`?", "has no `prior`"]),
        ("{usage_bytes}.", "{usage_byte}.", ["x.toml:5: no fact is called `usage_byte`", "did you mean `usage_bytes`?"]),
        ("{usage_bytes}.", "{usage_bytes.__class__}.", ["x.toml:5: `{usage_bytes.__class__}` is no placeholder"]),
        ("{usage_bytes}.", "{usage_bytes", ["x.toml:5: `{` is no placeholder"]),
        ("{{.spec.volumes}}", "{.spec.volumes}", ["x.toml:25: `{.spec.volumes}` is no placeholder", "a brace is written `{{`"]),
        ('"hardly-any-shmem"\n', '"shmem-dominates"\n', ["x.toml:16: the id `shmem-dominates` is taken"]),
        ("weight = 2.5", "weight = 3.5", ["x.toml:11: `weight` must lie between -3 and 3"]),
        ("weight = 2.5", "weight = 2.5\nmost = 1", ["x.toml:11: `weight` goes beyond the clue's own `most`, 1"]),
        ("weight = 2.5", "weight = 0", ["x.toml:11: a weight of 0"]),
        ("weight = 2.5", 'weight = "2.5"', ["x.toml:11: `weight` must be a number"]),
        ("weight = 2.5\n", "", ["x.toml:7: [[evidence]] has no `weight`"]),
        ("weight = 2.5", "wieght = 2.5", ["x.toml:11: unknown key `wieght`", "did you mean `weight`?"]),
        ('"shmem_share >= 0.5"', '"shmem_shar >= 0.5"', ['x.toml:10: no fact is called `shmem_shar`\n    when   = "shmem_shar >= 0.5"\n              ^^^^^^^^^^\n    did you mean']),
        ('"shmem_share >= 0.5"', '"shmem_share + pod > 1"', ["x.toml:10: a text is not a number", "              ^^^"]),
        ('"shmem_share >= 0.5"', '"open(pod)"', ["x.toml:10: calls are not part of the language"]),
        ("says   = \"only", "says   = \"\"\n#", ["x.toml:20: `says` is empty"]),
        ("[[settle]]", "[[setle]]", ["x.toml:27: unknown key `setle`", "did you mean `settle`?"]),
        ("[[settle]]", "[settle]", ["x.toml:27: `settle` must be a list of tables: [[settle]]"]),
        ("shmem-dominates = true", "shmem-dominate = true", ["x.toml:32: no [[evidence]] has the id `shmem-dominate`"]),
        ("shmem-dominates = true", "shmem-dominates = 1", ["x.toml:32: `shmem-dominates` gives true, false or"]),
        ("shmem_share = 0.97", 'shmem_share = "0.97"', ["x.toml:31: the fact `shmem_share` is a number"]),
        ("shmem_share = 0.97", "shmem_shar = 0.97", ["x.toml:31: no fact is called `shmem_shar`"]),
        ('verdict = "tmpfs_fill"', 'verdict = "tmpfs"', ["x.toml:40: `tmpfs` is not a cause"]),
        ('verdict = "tmpfs_fill"', "", ["x.toml:38: an example is `facts` with `gives`, or `log` with `verdict`"]),
        ("[[example]]", "[[remedy]]", ["no [[example]]", "a cause file without an example does not load"]),
        ("prior   = -0.5", "prior   = -0.5.1", ["x.toml:4: not TOML"]),
        ("prior   = -0.5", "prior   = -0.5\nprior = 1", ["x.toml:5: not TOML"]),
    ],
)  # fmt: skip
def test_defect_is_told_with_its_place(old: str, new: str, said: list[str]) -> None:
    assert old in GOOD
    told = defects(GOOD.replace(old, new))
    for part in said:
        assert part in told


def test_all_defects_of_all_files_are_told_at_once() -> None:
    bad = GOOD.replace("tmpfs_fill", "tmpfs", 1).replace("2.5", "9").replace("own_limit", "own_limt")
    with pytest.raises(RuleError) as error:
        _load([("a.toml", bad.encode()), ("b.toml", b"\xff"), ("c.toml", b"x = [" + b"[" * 5000)], VOCABULARY)
    told = str(error.value)
    assert all(
        place in told for place in ("a.toml:11:", "a.toml:23:", "a.toml:40:", "b.toml:1: not UTF-8", "c.toml:1:")
    )


def test_a_second_file_for_a_cause_in_the_same_branch_is_refused() -> None:
    other = GOOD.replace('["memcg", "node"]', '["node"]')
    with pytest.raises(
        RuleError, match=r"b\.toml:1: `tmpfs_fill` in the branch `node` is described by a\.toml already"
    ):
        _load([("a.toml", GOOD.encode()), ("b.toml", other.encode())], VOCABULARY)


def test_a_defect_in_a_multi_line_text_points_at_its_first_line() -> None:
    long = GOOD.replace('"shmem_share >= 0.5"', '"""\nshmem_share >= 0.5\n  and nothing\n"""')
    assert "x.toml:10: no fact is called `nothing`" in defects(long)


def test_no_folder_and_an_empty_one_are_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        load_dir(tmp_path / "none", VOCABULARY)
    with pytest.raises(UsageError, match="holds no cause files"):
        load_dir(tmp_path, VOCABULARY)


def test_hash_is_of_what_weighs_not_of_the_layout() -> None:
    def hashed(text: str) -> str:
        return rules_hash(_load([("r.toml", text.encode())], VOCABULARY))

    assert len(hashed(GOOD)) == 12
    assert hashed(GOOD) == hashed("# a remark\n" + GOOD.replace("   =", " ="))
    assert hashed(GOOD) != hashed(GOOD.replace("2.5", "2.4"))


def test_index_counts_only_while_the_texts_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "memcg").mkdir()
    (tmp_path / "memcg" / "a.toml").write_text(GOOD)
    (tmp_path / index.NAME).write_text(index_text(tmp_path))
    texts = [("rules/memcg/a.toml", GOOD.encode())]
    assert index.read(tmp_path, texts) is not None
    assert index.read(tmp_path, [("rules/memcg/a.toml", GOOD.encode() + b"\n")]) is None


def test_readme_names_every_clue() -> None:
    text = rules_readme(_load([("r.toml", GOOD.encode())], VOCABULARY))
    assert "| `shmem-dominates` | composition | `shmem_share >= 0.5` | +2.5 |" in text
    assert "## tmpfs_fill (memcg, node)" in text


@given(st.binary(max_size=80) | st.integers(0, len(GOOD)).flatmap(lambda n: st.just(GOOD[:n].encode())))
def test_any_file_loads_or_is_told(content: bytes) -> None:
    try:
        _load([("r.toml", content)], VOCABULARY)
    except RuleError as error:
        assert str(error).startswith("r.toml:")


_VALUES = st.sampled_from(
    ["1", "true", "[]", "{}", '"x"', "[{}]", "[1]", "nan", "1979-05-27", "[[[]]]", '"{"', "'{pod}'"]
)


@given(st.sampled_from([line for line in GOOD.splitlines() if " = " in line]), _VALUES)
def test_any_value_in_any_place_loads_or_is_told(line: str, value: str) -> None:
    changed = GOOD.replace(line, f"{line.split('=')[0]}= {value}", 1)
    try:
        load(changed)
    except RuleError as error:
        assert "rules/x.toml:" in str(error)


SHARED = """\
[shmem-dominates]
group  = "composition"
when   = "shmem_share >= 0.5"
says   = "{shmem_share} of the charge is shmem"
source = "cgroup-v2.rst"
"""
USING = GOOD.replace(
    """id     = "shmem-dominates"
group  = "composition"
when   = "shmem_share >= 0.5"
weight = 2.5
says   = "{shmem_share} of the charge is shmem"
source = "cgroup-v2.rst"
""",
    """use    = "shmem-dominates"
weight = 2.5
""",
)


def load_with(shared: str, text: str) -> Cause:
    (cause,) = _load([("r/shared.toml", shared.encode()), ("r/x.toml", text.encode())], VOCABULARY)
    return cause


def test_a_shared_clue_is_the_clue_that_it_names() -> None:
    assert rules_hash([load_with(SHARED, USING)]) == rules_hash(_load([("x.toml", GOOD.encode())], VOCABULARY))


def test_what_a_cause_says_itself_goes_before_the_shared_clue() -> None:
    own = USING.replace('use    = "shmem-dominates"', 'use = "shmem-dominates"\nid = "mine"\nsays = "mine"')
    clue = load_with(SHARED, own.replace("shmem-dominates = ", "mine = ")).evidence[0]
    assert (clue.id, clue.says.text, clue.when.text) == ("mine", "mine", "shmem_share >= 0.5")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[shmem-dominates]", "[shmem-dominate]", ["r/x.toml:8: no shared clue is called `shmem-dominates`", "did you mean `shmem-dominate`?"]),
        ("shmem_share >= 0.5", "shmem_shar >= 0.5", ["r/shared.toml:3: no fact is called `shmem_shar`"]),
        ("{shmem_share}", "{shmem_shar}", ["r/shared.toml:4: no fact is called `shmem_shar`"]),
        ('source = "cgroup-v2.rst"', "weight = 1", ["r/shared.toml:5: unknown key `weight`", "belongs into the cause file"]),
        ('when   = "shmem_share >= 0.5"\n', "", ["r/shared.toml:1: [shmem-dominates] has no `when`"]),
        ("[shmem-dominates]", "shmem-dominates = 1\n[x]", ["r/shared.toml:1: `shmem-dominates` must be a table"]),
    ],
)  # fmt: skip
def test_defects_of_shared_clues_are_told_with_their_place(old: str, new: str, said: list[str]) -> None:
    with pytest.raises(RuleError) as error:
        load_with(SHARED.replace(old, new), USING)
    for part in said:
        assert part in str(error.value)


def test_a_cause_that_nobody_has_heard_of_loads_with_its_name() -> None:
    text = GOOD.replace("tmpfs_fill", "gpu_buffers")
    (plain,) = _load([("x.toml", text.encode())], VOCABULARY)
    assert (plain.cause, plain.name) == ("gpu_buffers", "gpu buffers")
    (named,) = _load([("x.toml", text.replace("title ", 'name = "GPU buffers"\ntitle ').encode())], VOCABULARY)
    assert named.name == "GPU buffers"


def test_a_cause_has_one_name_in_all_of_its_branches() -> None:
    one = GOOD.replace(', "node"]', "]").replace("title ", 'name = "tmpfs"\ntitle ')
    other = GOOD.replace('"memcg", ', "")
    with pytest.raises(RuleError, match=r"b\.toml:1: `tmpfs_fill` is called 'tmpfs fill'; a\.toml calls it 'tmpfs'"):
        _load([("a.toml", one.encode()), ("b.toml", other.encode())], VOCABULARY)


@pytest.mark.parametrize("dot", [".", " . ", '"."', "\t.\t"])
@pytest.mark.parametrize("table", [False, True])
def test_a_key_of_very_many_parts_is_refused_before_it_is_read(dot: str, table: bool) -> None:
    key = ("'a'" if '"' in dot else "a") + (dot.strip('"') + "a") * 30_000
    with pytest.raises(RuleError, match=r"x\.toml:2: a key of more than 32 parts"):
        _load([("x.toml", f"# x\n[{key}]\n".encode() if table else f"# x\n{key} = 1\n".encode())], VOCABULARY)
