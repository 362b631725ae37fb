"""--settings: sizes and counts of command lines, in the forms in which people have them."""

import json
from pathlib import Path

import pytest
from helpers.report_text import TABLE, first_line, kill, row, stamped, summary, usage

from oomscope.api import Options, analyze
from oomscope.errors import InputError
from oomscope.facts.settings import setting
from oomscope.inputs import SideFiles
from oomscope.inputs.ceilings import ceiling_of
from oomscope.inputs.memory_flags import MemoryFlag, from_environment, from_words, worker_count
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


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("gunicorn --workers 33 app:app", 33),
        ("gunicorn --workers=33 app:app", 33),
        ("/usr/bin/python3 /usr/bin/gunicorn -w 9 app:app", 9),
        ("gunicorn -w9 app:app", 9),
        ("uvicorn --workers 4 main:app", 4),
        ("puma -w 3 -t 5:5", 3),
        ("bundle exec puma --workers 3", 3),
        ("celery -A tasks worker -c 8", 8),
        ("celery -A tasks worker --concurrency=8", 8),
        ("celery -A tasks worker --autoscale=10,3", 10),
        ("celery -A tasks worker --autoscale 10,3", 10),
        ("uwsgi --http :80 -p 6", 6),
        ("uwsgi --processes 6", 6),
        ("php-fpm -d pm.max_children=50 -F", 50),
        ("apache2 -DFOREGROUND -c 'MaxRequestWorkers 300'", 300),
        ("passenger start --max-pool-size 6", 6),
        ("make -j16 all", 16),
        ("ninja -C out -j 10", 10),
    ],
)
def test_the_number_of_workers_is_read_off_a_command_line(line: str, count: int) -> None:
    assert worker_count(from_words(line.split(), "args")) == count


@pytest.mark.parametrize(
    "line",
    [
        "sidekiq -c 25",  # threads of one process
        "puma -t 5:5",
        "tail -c 100",
        "ssh -p 22 host",
        "sh -c 8",
        "make -j",
        "celery -A tasks worker",
    ],
)
def test_what_counts_something_else_is_no_number_of_workers(line: str) -> None:
    assert worker_count(from_words(line.split(), "args")) is None


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [("WEB_CONCURRENCY", "4", 4), ("UWSGI_PROCESSES", "6", 6), ("SIDEKIQ_COUNT", "2", 2), ("MAKEFLAGS", "-j12", 12),
     ("GUNICORN_CMD_ARGS", "--workers=3 --timeout 9", 3), ("PHP_FPM_PM_MAX_CHILDREN", "20", 20),
     ("PASSENGER_MAX_POOL_SIZE", "5", 5), ("CELERYD_CONCURRENCY", "8", 8)],
)  # fmt: skip
def test_the_number_of_workers_is_read_off_an_environment(name: str, value: str, count: int) -> None:
    assert worker_count(from_environment(name, value)) == count


@pytest.mark.parametrize(
    ("name", "value", "size"),
    [("DOTNET_GCHeapHardLimit", "0x10000000", 256 * MIB), ("DOTNET_GCHeapHardLimit", "C800000", 200 * MIB),
     ("COMPlus_GCHeapHardLimitPercent", "0x4B", 192 * MIB), ("ES_JAVA_OPTS", "-Xms1g -Xmx1g", 1024 * MIB),
     ("KAFKA_HEAP_OPTS", "-Xmx512m", 512 * MIB), ("MAX_HEAP_SIZE", "800M", 800 * MIB),
     ("NODE_OPTIONS", "--max-old-space-size=300", 300 * MIB), ("NODE_OPTIONS", "--max-old-space-size-percentage=75", 192 * MIB), ("GOMEMLIMIT", "300MiB", 300 * MIB),
     ("MSSQL_MEMORY_LIMIT_MB", "2048", 2048 * MIB), ("MYSQL_INNODB_BUFFER_POOL_SIZE", "400M", 400 * MIB),
     ("PHP_MEMORY_LIMIT", "512M", 512 * MIB)],
)  # fmt: skip
def test_a_ceiling_is_read_off_an_environment(name: str, value: str, size: int) -> None:
    found = ceiling_of(from_environment(name, value), 256 * MIB)
    assert found is not None
    assert found.size_bytes == size


@pytest.mark.parametrize(
    ("flag", "instead"),
    [
        (MemoryFlag("-XX:MaxRAMPercentage", "90", "args"), "-Xmx192m"),
        (MemoryFlag("--max-old-space-size-percentage", "90", "args"), "--max-old-space-size=192"),
        (MemoryFlag("DOTNET_GCHeapHardLimitPercent", "0x5A", "DOTNET_GCHeapHardLimitPercent"), "DOTNET_GCHeapHardLimit=0xC000000"),
        (MemoryFlag("GOMEMLIMIT", "1GiB", "GOMEMLIMIT"), "GOMEMLIMIT=230MiB"),
        (MemoryFlag("--max-old-space-size", "1024", "args"), "--max-old-space-size=192"),
    ],
)  # fmt: skip
def test_what_is_set_instead_is_a_size_that_does_not_grow_with_the_limit(flag: MemoryFlag, instead: str) -> None:
    assert setting(flag, 256 * MIB) == instead
