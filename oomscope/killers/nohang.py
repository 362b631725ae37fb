"""nohang, which names its victim in one message and sends the signal in another (src/nohang, find_victim and
implement_corrective_action). The journal holds each line of a message as a record of its own."""

from oomscope.killers.other_kill import OtherKill, kill_of, seconds_between
from oomscope.patterns import lazy
from oomscope.read.record import Record

_CHOICE = lazy(r"\s*PID: (?P<pid>\d{1,10}), [nN]ame: (?P<comm>.{0,64}?), badness: (?P<score>-?\d{1,10})\s*$")
_CACHED = lazy(r"\s*New victim is cached victim (?P<pid>\d{1,10}) \((?P<comm>.{0,64}?)\)\s*$")
_SENT = lazy(r"\s*Sending (?P<signal>SIG(?:TERM|KILL)) to the victim\s*$")
_FAILED = lazy(r"\s*Cannot send a signal: (?P<why>\w{1,40})\s*$")
_ACT_SECONDS = 30.0  # it looks at every process between its choice and its signal, on a machine that is thrashing


class Nohang:
    """The choice and the signal of one machine's nohang, put together."""

    def __init__(self) -> None:
        self.kills: list[OtherKill] = []
        self._chosen: OtherKill | None = None

    def feed(self, record: Record) -> bool:
        """Take a record; whether it was nohang's.

        sample::

            TOP printed in 0ms; process with highest badness:
              PID: 4711, name: tail, badness: 1286
            Implementing a corrective action:
              Sending SIGTERM to the victim
        """
        mine = [self._line(record, line) for line in _lines(record.text)]
        return any(mine)

    def _line(self, record: Record, text: str) -> bool:
        if chosen := _CHOICE.match(text) or _CACHED.match(text):
            said = chosen.groupdict()
            reason = "available memory below its threshold"
            if said.get("score"):
                reason = f"{reason}, badness {said['score']}"
            self._chosen = kill_of(
                record, "nohang", pids=(int(said["pid"]),), comms=(said["comm"],), processes=1, reason=reason
            )
            return True
        if _SENT.match(text):
            self._send(record)
            return True
        if _FAILED.match(text):
            if self.kills:
                self.kills[-1] = self.kills[-1]._replace(attempted_only=True, last_line=record.last_line)
            return True
        return False

    def _send(self, record: Record) -> None:
        chosen, last = self._chosen, self.kills[-1] if self.kills else None
        seconds = seconds_between(chosen, record) if chosen is not None else None
        if chosen is None or (seconds is not None and not 0 <= seconds <= _ACT_SECONDS):
            self.kills.append(kill_of(record, "nohang", reason="available memory below its threshold"))
        elif last is not None and last.pids == chosen.pids and not last.attempted_only:
            self.kills[-1] = last._replace(last_line=record.last_line)  # SIGKILL to whom SIGTERM did not end
        else:
            self.kills.append(chosen._replace(last_line=record.last_line))
        self._chosen = None


def _lines(text: str) -> list[str]:
    """The lines of a message, the first without the program's name in front."""
    first, *rest = text.split("\n")
    return [first.partition("]: ")[2] if first.startswith("nohang[") else first, *rest]
