"""Overhearing a conversation: what is recorded, what is secret, and what is passed on unread."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.transcript.joining import Joining, Scribe
from smtpshell.transcript.model import Line, Prose
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.syntax import read, write

PASSWORD = "correct horse"
INITIAL = base64.b64encode(b"\0student\0" + PASSWORD.encode()).decode()

DIALOGUE = """\
S: 220 mx.example.test
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 PIPELINING
C: MAIL FROM:<a@example.test>
C: RCPT TO:<b@example.test>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
C: Subject: hi
C:
C= bare\\n
C: ..
C: .
S: 250 kept
C: BDAT 5
C= a\\r\\nbc
S: 503 no
C: QUIT
S: 221 bye
"""


class Overheard:
    """A Joining that records to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recorder = Recorder(path)
        self.joining = Joining(
            Scribe(
                event=lambda event: self.recorder(event, 0.0),
                happening=self.recorder.write_event,
                remark=self.recorder.write_prose,
            )
        )

    def hear(self, *said: str) -> None:
        """Take blocks: "C ..." of the client, "S ..." of the server, CR LF added."""
        for block in said:
            self.joining.heard(block[0] == "S", block[2:].encode() + b"\r\n")

    def text(self) -> str:
        """Give what was recorded, times and findings aside; it must be a transcript."""
        self.recorder.close()
        recorded = read(self.path)
        assert not recorded.repair
        body = write(recorded).partition("\n\n")[2].replace("[0.000] ", "")
        return "".join(line for line in body.splitlines(keepends=True) if not line.startswith("-- finding"))


@pytest.fixture
def overheard(tmp_path: Path) -> Overheard:
    """Overhear a conversation."""
    return Overheard(tmp_path / "heard.smtp")


def turns(path: Path) -> list[tuple[bool, bytes]]:
    """Give what a transcript's sides say in turn: (by the server, octets)."""
    said: list[tuple[bool, bytes]] = []
    for line in (entry for entry in read(path).entries if isinstance(entry, Line)):
        side = line.side == "S"
        before = said.pop()[1] if said and said[-1][0] == side else b""
        said.append((side, before + line.octets()))
    return said


@pytest.mark.parametrize("cut", [1, 2, 7, 1000])
def test_a_dialogue_is_recorded_as_it_went(overheard: Overheard, tmp_path: Path, cut: int) -> None:
    """Whatever the cuts: both sides' octets in turn, with groups, content, chunks and bare line ends."""
    script = tmp_path / "script.smtp"
    script.write_text(f"smtp-transcript: 1\n\n{DIALOGUE}")
    for from_server, octets in turns(script):
        for start in range(0, len(octets), cut):
            overheard.joining.heard(from_server, octets[start : start + cut])
    overheard.joining.ended(by_server=True)
    assert overheard.text().endswith("S: 221 bye\n-- closed by server\n")
    assert turns(overheard.path) == turns(script)
    counts = overheard.joining.counts
    assert (counts.replies, counts.negative, counts.messages) == (8, 1, 1)


def test_credentials_are_not_recorded(overheard: Overheard) -> None:
    """Neither as sent, nor in any other form in which the server gives them back."""
    overheard.hear("S 220 mx", "C EHLO c", "S 250 AUTH PLAIN", f"C AUTH PLAIN {INITIAL}")
    overheard.hear(f"S 535 {INITIAL} is wrong", f"C NOOP {PASSWORD}", f"S 250 {PASSWORD}")
    text = overheard.text()
    assert "C: AUTH PLAIN ${auth}\nS: 535 ${auth} is wrong\n" in text
    assert "C: NOOP ${auth}\nS: 250 ${auth}\n" in text
    assert PASSWORD not in text
    assert INITIAL not in text


def test_answers_to_challenges_are_not_recorded(overheard: Overheard) -> None:
    """AUTH LOGIN asks twice, and both answers are secret in their lines."""
    secret = base64.b64encode(PASSWORD.encode()).decode()
    overheard.hear("S 220 mx", "C EHLO c", "S 250 AUTH LOGIN", "C AUTH LOGIN", "S 334 VXNlcm5hbWU6")
    overheard.hear("C c3R1ZGVudA==", "S 334 UGFzc3dvcmQ6", f"C {secret}", "S 235 ok")
    assert "S: 334 VXNlcm5hbWU6\nC: ${auth}\nS: 334 UGFzc3dvcmQ6\nC: ${auth}\nS: 235 ok\n" in overheard.text()


def test_tls_is_due_after_the_220(overheard: Overheard) -> None:
    """Octets behind that reply are no replies, and after the handshake it goes on."""
    overheard.hear("S 220 mx", "C EHLO c", "S 250 STARTTLS", "C STARTTLS")
    due = [overheard.joining.tls_due]
    overheard.hear("S 220 go\r\n250 injected")
    due.append(overheard.joining.tls_due)
    overheard.joining.tls_begun("TLSv1.3 X verified=no")
    due.append(overheard.joining.tls_due)
    assert due == [False, True, False]
    overheard.hear("C NOOP", "S 250 ok")
    text = overheard.text()
    assert '-- discarded "250 injected\\r\\n"\n' in text
    assert "-- tls TLSv1.3 X verified=no\nC: NOOP\nS: 250 ok\n" in text


def test_what_is_not_looked_into_is_counted(overheard: Overheard) -> None:
    """TLS that is passed on leaves two remarks, and no octet of it."""
    overheard.hear("S 220 mx", "C STARTTLS", "S 220 go")
    overheard.joining.stop_reading("TLS is not looked into")
    assert not overheard.joining.tls_due
    overheard.hear("C \x16\x03hello", "S \x16\x03")
    overheard.joining.ended(by_server=False)
    assert overheard.text().endswith(
        "# TLS is not looked into; from here on everything is passed on and nothing recorded\n"
        "# passed on and not recorded: 4 octets from the server, 9 octets from the client\n"
        "-- closed by client\n"
    )


@pytest.mark.parametrize(("from_server", "who"), [(True, "server"), (False, "client")])
def test_a_line_without_end_is_not_waited_for(overheard: Overheard, from_server: bool, who: str) -> None:
    """Understanding stops, with who is to blame, and memory stays flat."""
    for _ in range(UNBOUNDED // 65536 + 2):
        overheard.joining.heard(from_server, b"x" * 65536)
    overheard.joining.ended(by_server=from_server, reset=True)
    text = overheard.text()
    assert f"# no longer understood, the {who}: no line end within {UNBOUNDED} octets" in text
    assert text.endswith(f"-- reset by {who}\n")


def test_a_reset_is_told_from_a_goodbye(overheard: Overheard) -> None:
    """The content that was cut short is recorded before it."""
    overheard.hear("S 220 mx", "C DATA", "S 354 go")
    overheard.joining.heard(False, b"Subject: cut sh")
    overheard.joining.ended(by_server=False, reset=True)
    assert overheard.text().endswith("C= Subject: cut sh\n-- reset by client\n")


def test_an_unsolicited_421_is_recorded(overheard: Overheard) -> None:
    """What nobody asked for stands where it came."""
    overheard.hear("S 220 mx", "S 421 4.3.2 going down")
    overheard.joining.ended(by_server=True)
    text = overheard.text()
    assert text.startswith("S: 220 mx\nS: 421 4.3.2 going down\n")
    assert text.endswith("-- closed by server\n")


def test_lmtp_answers_once_for_each_recipient(overheard: Overheard) -> None:
    """Each of those replies counts."""
    overheard.hear("S 220 mx", "C LHLO c", "S 250 mx", "C MAIL FROM:<>", "S 250 ok")
    overheard.hear("C RCPT TO:<a@x>", "S 250 ok", "C RCPT TO:<b@x>", "S 250 ok", "C DATA", "S 354 go", "C x\r\n.")
    overheard.hear("S 250 kept for a", "S 452 full")
    assert (overheard.joining.counts.messages, overheard.joining.counts.negative) == (1, 1)


def test_a_remark_is_one_line(overheard: Overheard) -> None:
    """Whatever a peer puts into it, and without secrets."""
    overheard.recorder.secrets.remember(PASSWORD)
    overheard.recorder.write_prose(f"it says\r\n\x1b[31m {PASSWORD}")
    text = overheard.text()
    assert text == "# it says\\r\\n\\x1b[31m ${auth}\n"
    assert [type(entry) for entry in read(overheard.path).entries] == [Prose]


SAID = "220 mx|250-a|250 ok|334 |354 go|EHLO c|AUTH PLAIN|AUTH LOGIN|DATA|BDAT 3|BDAT 0 LAST|MAIL FROM:<>|.|QUIT"
LINES = st.lists(st.sampled_from(SAID.split("|")), max_size=4).map(
    lambda said: "".join(f"{x}\r\n" for x in said).encode()
)
BLOCKS = st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=20) | LINES.filter(bool)), max_size=12)


@given(blocks=BLOCKS, by_server=st.booleans(), reset=st.booleans())
def test_whatever_is_said_is_recorded(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[tuple[bool, bytes]], by_server: bool, reset: bool
) -> None:
    """No octets stop the listening, and what is recorded is a whole transcript."""
    overheard = Overheard(tmp_path_factory.mktemp("heard") / "heard.smtp")
    for from_server, octets in blocks:
        overheard.joining.heard(from_server, octets)
    overheard.joining.ended(by_server=by_server, reset=reset)
    who = "server" if by_server else "client"
    assert f"-- {'reset' if reset else 'closed'} by {who}\n" in overheard.text()
