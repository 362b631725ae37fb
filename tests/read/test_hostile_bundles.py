"""Archives and directories that want to hang, to fill memory, or to reach out of themselves: each ends, and in time."""

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ZEROS = bytes(8 << 20)
SECONDS = 60
MEMORY_KIB = 400 << 10
_RUN = (
    "import json, sys, oomscope\n"
    "try:\n"
    "    found = oomscope.analyze(sys.argv[1])\n"
    "    shown = [len(found.incidents), sorted({w.code for i in found.inputs for w in i.warnings})]\n"
    "except oomscope.OomscopeError as error:\n"
    "    shown = [0, ['refused', str(error)]]\n"
    # not ru_maxrss, which of a child begins with that of the process that forks it
    "with open('/proc/self/status') as status:\n"
    "    peak = next(int(line.split()[1]) for line in status if line.startswith('VmHWM:'))\n"
    "print(json.dumps([*shown, peak]))\n"
)
NAMES = (
    "../../escaped", "/escaped", "a/../../../escaped", "..", "./.", "a\nb", "a\x1b[31mb", "-rf", "a" * 3000, "con\x00cealed",
    "\u202egol.gnrek", "C:\\windows\\escaped", "::error::x", "<script>alert(1)</script>", "%s%n", "'; touch escaped",
)  # fmt: skip
TYPES = (
    tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE,
    tarfile.GNUTYPE_SPARSE, b"Z", tarfile.DIRTYPE,
)  # fmt: skip


def member(archive: tarfile.TarFile, name: str, data: bytes = b"x\n", **fields: object) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    archive.addfile(info, io.BytesIO(data))


def tar_of(make: Callable[[tarfile.TarFile], None], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        make(archive)
    return out.getvalue()


def zip_of(members: dict[str, bytes], level: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def nested(make: Callable[[str, bytes], bytes], times: int) -> bytes:
    data = b"hello\n"
    for n in range(times):
        data = make(f"{n}.tar", data)
    return data


def archives() -> Iterator[tuple[str, bytes]]:
    """Yield hostile archives by name."""
    for n, name in enumerate(NAMES):
        yield f"tar-name-{n}", tar_of(lambda a, name=name: member(a, name))  # type: ignore[misc]
        yield f"zip-name-{n}", zip_of({name: b"x\n"})
    for kind in TYPES:
        yield (
            f"tar-type-{kind!r}",
            tar_of(lambda a, kind=kind: member(a, "kern.log", type=kind, linkname="/etc/passwd")),  # type: ignore[misc]
        )
    good = tar_of(lambda a: member(a, "kern.log", b"[    1.000000] hello\n" * 500))
    for name, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        yield f"bomb-{name}", pack(ZEROS * 8)
        yield f"bomb-{name}-twice", pack(pack(ZEROS * 8))
        yield f"bomb-in-tar-{name}", tar_of(lambda a, pack=pack: member(a, "kern.log.x", pack(ZEROS * 8)))  # type: ignore[misc]
        yield f"cut-{name}", pack(good)[:-20]
        yield f"flipped-{name}", bytes(b ^ (at % 97 == 50) for at, b in enumerate(pack(good)))
    yield "bomb-zip", zip_of({"dmesg": ZEROS * 8})
    yield "bomb-zip-lzma", zip_of({"dmesg": ZEROS * 8}, zipfile.ZIP_LZMA)
    yield "many-zip-bombs", zip_of({f"dmesg.{n}": ZEROS for n in range(40)})
    yield "deep-tars", nested(lambda name, data: tar_of(lambda a: member(a, name, data)), 12)
    yield "deep-zips", nested(lambda name, data: zip_of({name: data}), 12)
    yield "deep-gzips", nested(lambda _, data: gzip.compress(data), 30)
    yield "many-members", tar_of(lambda a: [member(a, f"{n}.log") for n in range(20_000)] and None)
    yield (
        "many-folders",
        tar_of(lambda a: [member(a, f"{n}", b"", type=tarfile.DIRTYPE) for n in range(20_000)] and None),
    )
    for cut in (100, 300, 511, 512, 700, 1024):
        yield f"tar-cut-{cut}", good[:cut]
    yield "tar-huge-size", good[:124] + b"77777777777\x00" + good[136:]
    yield "tar-base256-size", good[:124] + b"\xff" * 12 + good[136:]
    yield "tar-long-name-of-4-GiB", good[:124] + b"40000000000\x00" + good[136:156] + b"L" + good[157:]
    yield "zip-cut", zip_of({"kern.log": b"x\n" * 5000})[:-30]
    yield "zip-no-directory", b"PK\x03\x04" + bytes(200)
    yield "zip-only-its-end", b"PK\x05\x06" + b"\xff" * 18
    yield "journal-of-nothing", b"LPKSHHRH" + bytes(1 << 20)
    yield "journal-of-noise", b"LPKSHHRH" + bytes(range(256)) * 4096
    yield (
        "pstore-of-one-part-often",
        tar_of(
            lambda a: [member(a, f"pstore/dmesg-{n}", b"Panic#1 Part1\n" + b"x\n" * 99) for n in range(3000)] and None
        ),
    )


def folders() -> dict[str, Callable[[Path], object]]:
    """Return what makes a hostile directory, by name."""

    def chain(place: Path) -> None:
        here = os.open(place, os.O_RDONLY)
        for _ in range(1500):  # deeper than a path may be long
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)

    def hole(place: Path) -> None:
        with (place / "kern.log").open("wb") as file:
            file.truncate(1 << 40)

    def names(place: Path) -> None:
        for name in (b"\xff\xfe.log", b"a\nb.log", b"-rf", b"\x1b[2J", b"n" * 255, b"*", b"$(touch escaped)"):
            Path(os.fsdecode(os.fsencode(place) + b"/" + name)).write_bytes(b"x\n")

    def sock(place: Path) -> None:
        here = Path.cwd()
        os.chdir(place)
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.bind("kern.log")
        finally:
            os.chdir(here)

    return {
        "chain": chain,
        "hole": hole,
        "names": names,
        "socket": sock,
        "fifo": lambda p: os.mkfifo(p / "kern.log"),
        "device": lambda p: os.geteuid() == 0 and os.mknod(p / "kern.log", stat.S_IFCHR | 0o600, os.makedev(1, 5)),
        "link-to-zero": lambda p: (p / "kern.log").symlink_to("/dev/zero"),
        "link-to-root": lambda p: (p / "var").symlink_to("/"),
        "link-to-itself": lambda p: (p / "a").symlink_to("a"),
        "link-up": lambda p: (p / "a").symlink_to(".."),
        "dangling": lambda p: (p / "messages").symlink_to("nowhere"),
        "bombs": lambda p: [(p / f"{n}.gz").write_bytes(gzip.compress(ZEROS * 4)) for n in range(8)],
        "many-files": lambda p: [(p / f"{n}.log").write_bytes(b"x\n") for n in range(5000)],
        "many-journals": lambda p: [(p / f"{n}.journal").write_bytes(b"LPKSHHRH" + bytes(300)) for n in range(400)],
        "journal-pattern": lambda p: (p / "[a-z]*{a,b}.journal").write_bytes(b"LPKSHHRH" + bytes(300)),
        "hard-links": lambda p: [
            (p / "0").write_bytes(b"x\n"),
            *(os.link(p / "0", p / f"{n}") for n in range(1, 2000)),
        ],
    }


ARCHIVES = dict(archives())


def ends_well(path: Path, place: Path) -> None:
    """Read a path in a process of its own, in time and memory, and see that nothing appears or changes."""
    before = sorted(place.parent.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path)], cwd=place.parent, capture_output=True, text=True, timeout=SECONDS, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    incidents, _, memory = json.loads(done.stdout)
    assert incidents == 0
    assert memory < MEMORY_KIB
    assert sorted(place.parent.iterdir()) == before
    assert not Path("/escaped").exists()


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_ends(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    path = place / "x"
    path.write_bytes(ARCHIVES[name])
    ends_well(path, place)
    assert list(place.iterdir()) == [path]


@pytest.mark.parametrize("name", folders())
def test_a_hostile_directory_ends(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    folders()[name](place)
    ends_well(place, place)
    if name == "chain":
        subprocess.run(["rm", "-rf", str(place)], check=True)


def test_there_are_enough_of_them() -> None:
    assert len(ARCHIVES) + len(folders()) >= 60
