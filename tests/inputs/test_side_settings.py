"""--settings: sizes and counts of command lines, in the forms in which people have them."""

import json
from pathlib import Path

import pytest
from helpers.report_text import TABLE, first_line, kill, row, stamped, summary, usage

from oomscope.api import Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.ceilings import ceiling_of
from oomscope.inputs.memory_flags import from_words
from oomscope.inputs.program_settings import read_settings

MIB = 1 << 20
ID = "4bff462c64f3ebfdc07fba9697bf307365b282b0393e7a1eaacaebbed3f5b553"


@pytest.mark.parametrize(
    ("line", "name", "size"),
    [
        ("mariadbd --innodb-buffer-pool-size=400M", "innodb-buffer-pool-size", 400 * MIB),
        ("mysqld --innodb_buffer_pool_size=419430400", "innodb_buffer_pool_size", 400 * MIB),
        ("/usr/bin/memcached -u memcache -m 512 -c 1024", "-m", 512 * MIB),
        ("redis-server --maxmemory 200mb --maxmemory-policy allkeys-lru", "--maxmemory", 200 * MIB),
        ("java -Xmx420m -cp /srv Catalog", "-Xmx", 420 * MIB),
        (
            "java -Xmx200m -XX:MaxDirectMemorySize=100m Catalog",
            "-Xmx + -XX:MaxDirectMemorySize",
            300 * MIB,
        ),
        ("node --max-old-space-size=1024 server.js", "--max-old-space-size", 1024 * MIB),
        ("postgres -c shared_buffers=300MB", "shared_buffers", 300 * MIB),
        ("postgres -c shared_buffers=16384", "shared_buffers", 128 * MIB),
        (
            "postgres -c shared_buffers=32MB -c work_mem=24MB -c max_connections=10",
            "shared_buffers + work_mem for each of 10 connections",
            272 * MIB,
        ),
        ("mongod --wiredTigerCacheSizeGB 2", "--wiredTigerCacheSizeGB", 2048 * MIB),
        ("varnishd -a :80 -s malloc,256m", "malloc", 256 * MIB),
        ("scylla --memory 2G", "--memory", 2048 * MIB),
    ],
)
def test_a_ceiling_is_read_off_a_command_line(line: str, name: str, size: int) -> None:
    found = ceiling_of(from_words(line.split(), "args"), 256 * MIB)
    assert found is not None
    assert (found.name, found.size_bytes) == (name, size)


@pytest.mark.parametrize("line", ["redis-server --maxmemory 0", "tar -m 64", "php -d memory_limit=-1", "redis-server"])
def test_what_bounds_nothing_is_no_ceiling(line: str) -> None:
    assert ceiling_of(from_words(line.split(), "args"), 256 * MIB) is None


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_docker_inspect_tells_the_settings_of_a_container(tmp_path: Path) -> None:
    told = [
        {"Id": ID, "Path": "java", "Args": ["-jar", "a.jar"], "Config": {"Env": ["JAVA_OPTS=-Xmx1g", "TOKEN=s3cret"]}}
    ]
    (found,) = read_settings(write(tmp_path, "inspect.json", json.dumps(told)))
    assert (found.container_id, found.source) == (ID, "docker inspect")
    assert [(flag.name, flag.value) for flag in found.flags] == [("-Xmx", "1g")]


def test_systemctl_cat_tells_the_settings_of_a_unit(tmp_path: Path) -> None:
    text = (
        "# /lib/systemd/system/db.service\n[Service]\nExecStart=/usr/sbin/mariadbd \\\n  --innodb-buffer-pool-size=400M\n"
        "# /etc/systemd/system/db.service.d/override.conf\n[Service]\nEnvironment=GOMEMLIMIT=1GiB PASSWORD=s3cret\n"
    )
    (found,) = read_settings(write(tmp_path, "unit.txt", text))
    assert found.unit == "db.service"
    assert [flag.value for flag in found.flags] == ["400M", "1GiB"]


def test_a_copied_unit_file_is_named_after_its_unit(tmp_path: Path) -> None:
    (found,) = read_settings(write(tmp_path, "cache.service", "[Service]\nExecStart=/usr/bin/memcached -m 512\n"))
    assert (found.unit, found.flags[0].value) == ("cache.service", "512")


@pytest.mark.parametrize(
    "text",
    [
        "    PID COMMAND\n   4711 /usr/bin/java -Xmx1g -jar a.jar\n",
        (
            "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
            "app       4711  0.1  0.2 1000 2000 ?        Sl   Nov30   0:01 java -Xmx1g -jar a.jar\n"
        ),
        "UID          PID    PPID  C STIME TTY          TIME CMD\napp         4711       1  0 Nov30 ?        00:00:01 java -Xmx1g\n",
    ],
)
def test_ps_tells_the_settings_of_processes(tmp_path: Path, text: str) -> None:
    (found,) = read_settings(write(tmp_path, "ps.txt", text))
    assert (found.pid, found.program, found.flags[0].value) == (4711, "java", "1g")


def test_a_copy_of_proc_cmdline(tmp_path: Path) -> None:
    (found,) = read_settings(write(tmp_path, "cmdline", "/usr/bin/java\0-Xmx1g\0-jar\0a.jar\0"))
    assert (found.program, found.flags[0].value) == ("java", "1g")


@pytest.mark.parametrize("text", ["", "hello\n", "[]", "{}", "[1, 2]", '{"Id": 7}', "\0\0", "[Service]\n"])
def test_what_is_no_command_line_is_refused_with_what_is_expected(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="expected the output of docker inspect, systemctl cat, ps"):
        read_settings(write(tmp_path, "settings.txt", text))


def report(comm: str, pid: int) -> str:
    return stamped(
        5000.0,
        first_line(comm, 0),
        usage(262144, 318),
        "swap: usage 0kB, limit 0kB, failcnt 0",
        "Memory cgroup stats for /system.slice/cache.service:",
        f"anon {250 * MIB}",
        "Tasks state (memory values in pages):",
        TABLE,
        row(pid, comm=comm, total_vm=80000, rss=64000, tables=600000),
        summary(pid, comm=comm, memcg="/system.slice/cache.service"),
        kill(pid, comm=comm, vm=320000, anon=256000, tables=600),
        step=0,
    )


def facts_with(tmp_path: Path, settings: str, comm: str = "java", pid: int = 4711) -> dict:
    log = write(tmp_path, "dmesg.txt", report(comm, pid))
    files = SideFiles(settings=(write(tmp_path, "settings.txt", settings),))
    return dict(analyze([log], Options(side=files)).facts[0].values)


def test_a_process_is_found_by_its_pid_or_by_its_name(tmp_path: Path) -> None:
    same = facts_with(tmp_path, "PID COMMAND\n4711 java -Xmx1g\n12 java -Xmx2g\n")
    assert (same["ceiling_bytes"], same["settings_source"]) == (1024 * MIB, "ps")
    again = facts_with(tmp_path, "PID COMMAND\n99 /usr/bin/java -Xmx1g\n")
    assert again["ceiling_of_limit"] == 4


def test_two_programs_of_one_name_and_other_settings_tell_nothing(tmp_path: Path) -> None:
    facts = facts_with(tmp_path, "PID COMMAND\n98 java -Xmx1g\n99 java -Xmx2g\n")
    assert "ceiling_bytes" not in facts


def test_another_program_with_the_victims_pid_is_not_taken_for_it(tmp_path: Path) -> None:
    facts = facts_with(tmp_path, "PID COMMAND\n4711 redis-server --maxmemory 1gb\n")
    assert "ceiling_bytes" not in facts
