"""The call trace and the registers: how the kernel came to invoke the oom-killer."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.patterns import lazy

MAX_LINES = 2_000
_TRACE = lazy(
    r"\s|Call [Tt]race:|Hardware name:|Tainted: \[|Workqueue:|Stopper:|Sched_ext:|R[A-Z0-9]{2}: |E[A-Z]{2}: |Code: |RIP: |RSP: |"
    r"EIP: |ORIG_|CR2: |\[<|\[c0|\?|NIP |LR |Krnl |\(\[|Backtrace:|[0-9a-f]{8,16} [0-9a-f]{8,16}|#\d|---\[|<\w+>|"
    r"[\w.]{1,100}\+0x[0-9a-f]+/0x|pstate:|sp : |x\d+ ?: |pc : |lr : |Exception|Interrupt|syscall|COMPACTION"
)
# How lines of the trace begin that nothing else in a report begins like.
_REGISTERS = (
    "RIP: ",
    "Code: ",
    "RSP: ",
    "RAX: ",
    "RDX: ",
    "RBP: ",
    "R10: ",
    "R13: ",
    "Call Trace:",
    " <TASK>",
    " </TASK>",
)
_HARDWARE = "Hardware name:"


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Keep a line of the trace.

    sample::

        Call Trace:
         <TASK>
         dump_stack_lvl+0x44/0x5c
        RIP: 0033:0x7fd6cb8d5e63
    """
    report = stream.report
    if report is None or not stream.tracing or not _TRACE.match(line.text):
        return False
    if line.text.startswith(_HARDWARE):
        report.hardware = line.text[len(_HARDWARE) :].strip()
    _add(report, [line.text])
    return streams.keep(report, line)


def _add(report: OpenReport, frames: list[str]) -> None:
    report.trace += frames
    if len(report.trace) > MAX_LINES:
        del report.trace[MAX_LINES:]
        report.cap("trace", f"more than {MAX_LINES:,} lines of call trace: the later ones are left out")


def _read_on(streams: Streams, stream: Stream, report: OpenReport) -> Line | None:
    """Take the lines that follow as long as they are of the trace; return the first that is not."""
    if not stream.tracing:
        return None
    window = streams.window
    frames: list[str] = []
    numbers: list[int] = []
    last = behind = None
    for line in window.lines:
        text = line.text
        is_frame = text.startswith(" ") and "+0x" in text and ": " not in text
        if not window.follows or not (is_frame or text.startswith(_REGISTERS)):
            behind = line
            break
        frames.append(text)
        numbers.append(line.line)
        last = line
    if last is not None:
        _add(report, frames)
        report.note_run(numbers, last)
    return behind


SECTION = Section(
    name="trace",
    place=_place,
    starts=("Hardware name:", *_REGISTERS),
    start=r" [\w.? ]+\+0x|R[A-Z0-9]{2}: ",
    inside=True,
    read_on=_read_on,
)
