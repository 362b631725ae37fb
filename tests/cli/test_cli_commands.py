"""The smaller commands: rules, facts, explain, schema, help."""

import shutil

import pytest

from oomscope.bundled import bundled
from oomscope.causes import branches_of, load_bundled
from oomscope.facts import VOCABULARY

CAUSES = branches_of(load_bundled(VOCABULARY))


def test_rules_list_names_every_cause_and_the_hash(oomscope) -> None:
    done = oomscope("rules", "list")
    assert done.returncode == 0
    assert all(cause in done.stdout for cause in CAUSES)
    assert done.stdout.splitlines()[-1].startswith("rule set ")


def test_rules_show_says_what_is_weighed(oomscope) -> None:
    done = oomscope("rules", "show", "tmpfs_fill")
    assert "shmem_share" in done.stdout
    assert "(memcg)" in done.stdout
    assert "(node)" in done.stdout


def test_rules_show_of_no_cause_says_what_is_close(oomscope) -> None:
    done = oomscope("rules", "show", "tmpfs")
    assert (done.returncode, done.stdout) == (2, "")
    assert "tmpfs" in done.stderr


def test_the_bundled_rules_pass_their_own_check(oomscope) -> None:
    done = oomscope("rules", "check", bundled("rules"))
    assert done.returncode == 0, done.stderr
    assert "all well" in done.stdout


def test_ones_own_rules_are_used_and_named_by_their_hash(oomscope, tmp_path, leak) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(str(bundled("rules")), mine, ignore=shutil.ignore_patterns("index.json", "README.md"))
    file = mine / "memcg" / "leak.toml"
    file.write_text(file.read_text().replace("prior", "prior  ", 1).replace("title", "title ", 1))
    ours = oomscope("rules", "list").stdout.splitlines()[-1]
    theirs = oomscope("rules", "list", "--rules", mine).stdout.splitlines()[-1]
    assert theirs.startswith("rule set ")
    assert oomscope("analyze", leak, "--rules", mine, "-f", "json").returncode == 0
    assert len({ours, theirs}) in (1, 2)


def test_facts_prints_what_is_known_with_its_lines(oomscope, tmpfs) -> None:
    done = oomscope("facts", tmpfs)
    assert done.returncode == 0
    assert "shmem_share" in done.stdout
    assert "line" in done.stdout
    assert "facts are not known" in done.stdout


def test_facts_count_a_kill_from_the_same_trust_on_as_analyze(oomscope, tmpfs) -> None:
    assert "branch" in oomscope("facts", tmpfs, "--trust", "likely").stdout
    assert "branch" not in oomscope("facts", tmpfs, "--trust", "kernel").stdout
    refused = oomscope("facts", tmpfs, "--trust", "root")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "kernel, likely, tag, any" in refused.stderr


def test_facts_of_a_log_without_a_kill(oomscope, samples) -> None:
    assert oomscope("facts", samples / "6.12-v2-killed-by-hand-no-oom.log").stdout == "No OOM kill, so no facts.\n"


@pytest.mark.parametrize("what", ["leak", "shmem_share", "container", "0x100cca", "manual"])
def test_explain(oomscope, what) -> None:
    done = oomscope("explain", what)
    assert (done.returncode, done.stderr) == (0, "")
    assert what in done.stdout


def test_every_fact_cause_and_scope_can_be_explained() -> None:
    from oomscope.cli.explain import _fact

    for name in VOCABULARY:
        assert name in _fact(name)


def test_help_names_every_command_and_version_is_the_package_version(oomscope) -> None:
    import oomscope as package

    done = oomscope("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("analyze", "facts", "explain", "schema", "rules"))
    assert oomscope("-h").stdout == done.stdout
    assert oomscope("--version").stdout == f"oomscope {package.__version__}\n"
