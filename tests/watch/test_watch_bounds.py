"""What a watch holds is bounded, and what it lets go is said."""

from oomscope.watch.episode import Episode
from oomscope.watch.line import Line

REPORT = (b"a invoked oom-killer: gfp_mask=0x1\n", b"Memory cgroup out of memory: Killed process 7 (a) total-vm:1kB\n")


def of(data: bytes, number: int, file: str = "1") -> Line:
    return Line(data, f"{file}:{number}", number=number, file=file)


def test_a_record_of_several_lines_has_one_place() -> None:
    episode = Episode()
    episode.add([of(b"6,1,2,-;a invoked oom-killer\n SUBSYSTEM=x\n DEVICE=y\n", 17), of(REPORT[1], 18)], 0.0)
    held = episode.held()
    assert [held.mark(n).number for n in range(1, 5)] == [17, 17, 17, 18]  # type: ignore[union-attr]
    assert held.mark(0) is held.mark(5) is None


def test_the_oldest_burst_goes_and_its_places_with_it() -> None:
    episode = Episode()
    for number in range(40):
        episode.add([of(REPORT[0], 2 * number), of(b"x" * 30_000 + b"\n", 2 * number + 1)], 0.0)
        episode.finish()
    assert episode.forgot
    held = episode.held()
    assert held.history == len(held.marks) == held.data.count(b"\n") < 40
    assert held.marks[-1].number == 79
    assert len(held.data) <= 512 << 10


def test_a_burst_without_an_end_is_over_when_it_is_too_much() -> None:
    episode = Episode()
    episode.add([of(REPORT[0], 1)], 0.0)
    episode.add([of(b"x" * 60_000 + b"\n", n) for n in range(2, 80)], 0.0)
    assert episode.is_full()
    assert episode.over(0.1)


def test_lines_that_are_about_no_kill_are_not_held() -> None:
    episode = Episode()
    assert episode.add([of(b"usb 1-1: new device\n", 1), of(b"room for improvement\n", 2)], 0.0) == []
    assert not episode.lines
    assert not episode.settled(9.0)
