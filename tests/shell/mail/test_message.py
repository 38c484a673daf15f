"""Messages: made of parts, of a template, taken as they are."""

from __future__ import annotations

import email
import io
import os
import sys
import threading
from email import policy
from pathlib import Path
from typing import Any

import pytest

from smtpshell.errors import UsageError
from smtpshell.shell.mail import message
from smtpshell.shell.mail.message import PLACEHOLDERS, STANDARD_INPUT, Draft, address_of, filled_in, opened

PLAIN: dict[str, Any] = {"sender": "me@example.test", "to": ("a@example.test",), "host": "client.example.test"}


def made(*, utf8: bool = False, eight_bit: bool = False, **parts: Any) -> bytes:
    """Make a message of these parts."""
    return Draft(**{**PLAIN, **parts}).octets(utf8=utf8, eight_bit=eight_bit)


def test_fields_and_text() -> None:
    """Date, Message-ID and addresses are written, names beyond ASCII encoded; every line ends in CRLF."""
    octets = made(sender="Änn <me@example.test>", cc=("b@example.test",), subject="Grüße", body="a\n.b\n")
    read = email.message_from_bytes(octets, policy=policy.SMTP)
    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert (read["From"], read["To"], read["Cc"]) == ("Änn <me@example.test>", *PLAIN["to"], "b@example.test")
    assert read["Subject"] == "Grüße"
    assert read["Message-ID"].endswith("@client.example.test>")
    assert read["Date"].datetime.tzinfo is not None
    assert read.get_payload() == "a\r\n.b\r\n"


@pytest.mark.parametrize(
    ("eight_bit", "encoding", "shown"),
    [(True, "8bit", "Grüße".encode()), (False, "quoted-printable", b"Gr=C3=BC")],
)
def test_text_beyond_ascii(eight_bit: bool, encoding: str, shown: bytes) -> None:
    """Text beyond ASCII goes as it is where the server takes eight bits, else encoded."""
    octets = made(body="Grüße an alle, die dies lesen\n", eight_bit=eight_bit)
    assert f"Content-Transfer-Encoding: {encoding}\r\n".encode() in octets
    assert shown in octets


def test_addresses_beyond_ascii() -> None:
    """With UTF-8 allowed an address stands in its field as it is."""
    assert "To: почта@example.test\r\n".encode() in made(to=("почта@example.test",), utf8=True)


def test_given_fields_replace_or_add() -> None:
    """A given field replaces the one that would be made, and may be given twice; a wrong one is sent too."""
    octets = made(headers=[("subject", "mine"), ("X-A", "1"), ("X-A", "2"), ("From", "x <<y"), ("From", "z@z")])
    assert octets.count(b"ubject: ") == 1
    assert b"subject: mine\r\nX-A: 1\r\nX-A: 2\r\nFrom: x <<y\r\nFrom: z@z\r\n" in octets


def test_null_sender() -> None:
    """A bounce is from the mail system (RFC 5321 4.5.5 wants the null reverse-path only in the envelope)."""
    assert b"From: MAILER-DAEMON@client.example.test\r\n" in made(sender="")


def test_attachments(tmp_path: Path) -> None:
    """Files are attached whole, by name and kind; a message or an archive is octets like any other."""
    files = {"note.txt": b"text\n", "ü.png": b"\x89PNG\0", "old.eml": b"From: x\n\ny\n", "a.tar.gz": b"\x1f\x8b"}
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    read = email.message_from_bytes(made(attachments=[tmp_path / name for name in files]), policy=policy.SMTP)
    found = [(part.get_filename(), part.get_content_type()) for part in read.iter_attachments()]
    kinds = ("text/plain", "image/png", "application/octet-stream", "application/octet-stream")
    assert found == list(zip(files, kinds, strict=True))
    assert [part.get_payload(decode=True) for part in read.iter_attachments()] == list(files.values())
    with pytest.raises(UsageError, match=r"cannot read .*gone"):
        made(attachments=[tmp_path / "gone"])


def test_template() -> None:
    """Each placeholder is filled in, $${ stays, line ends become CRLF; the rest is left alone."""
    values = Draft(**PLAIN, cc=("c@example.test",), subject="S", body="B\n").values(7)
    assert set(values) == set(PLACEHOLDERS)
    text = b"".join(b"${%s}\n" % name.encode() for name in PLACEHOLDERS) + b"$${to} $x \xff\r\n"
    lines = filled_in(text, values).split(b"\r\n")
    assert lines[2:] == [
        b"me@example.test",
        b"a@example.test",
        b"c@example.test",
        b"S",
        b"B",
        b"7",
        b"${to} $x \xff",
        b"",
    ]


def test_unknown_placeholder() -> None:
    """A placeholder that is none is refused, and those that are named."""
    with pytest.raises(UsageError, match=r"placeholder \$\{nmae\}; there are \$\{date\}"):
        filled_in(b"${nmae}", Draft(**PLAIN).values(1))


ADDRESSES = [
    ("a@example.test", "a@example.test", "a@example.test"),
    ("Ann <a@example.test>", "a@example.test", "Ann <a@example.test>"),
    ("<a@bücher.test>", "a@bücher.test", "<a@xn--bcher-kva.test>"),
    ("é@bücher.test", "é@bücher.test", "é@bücher.test"),
    ("", "", ""),
    ("<>", "", "<>"),
    ('"a b"@example.test', '"a b"@example.test', '"a b"@example.test'),
]


@pytest.mark.parametrize(("text", "address", "written"), ADDRESSES)
def test_addresses(text: str, address: str, written: str) -> None:
    """The address is taken out of what was given; a domain becomes ASCII where that is all that is beyond it."""
    assert address_of(text) == address
    assert message.with_ascii_domain(text) == written


def test_standard_input_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is kept, so that it can be sent twice."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 3_000_000)))
    with opened(STANDARD_INPUT) as source:
        assert len(source.read()) == 3_000_000
        source.seek(0)
        assert source.read(1) == b"x"


def test_a_pipe_can_be_read_again(tmp_path: Path) -> None:
    """So is what comes from a named pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"octets"))
    writer.start()
    with opened(pipe) as source:
        assert source.seek(0, os.SEEK_END) == 6
    writer.join()
