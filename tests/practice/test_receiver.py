"""The conversations a receiver must hold, the same however their octets are cut."""

from __future__ import annotations

import base64
import random
import re
import textwrap
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpshell.practice.mailboxes import Mailboxes
from smtpshell.practice.receiver import Receiver
from smtpshell.practice.replies import REPLIES
from smtpshell.practice.site import Site
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.enhanced_status_codes import EnhancedStatusCode
from smtpshell.protocol.events import Greeted, ReplyReceived
from smtpshell.protocol.findings import Severity
from smtpshell.protocol.receive_buffer import ReceiveBuffer
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from tests.practice.conversations import LMTP, SMTP

CONVERSATIONS = {name: (text, False) for name, text in SMTP.items()} | {
    name: (text, True) for name, text in LMTP.items()
}
SECRETS = {
    "teacher's": b"\0teacher\0white chalk",
    "wrong": b"\0teacher\0black chalk",
    "for another": b"student\0teacher\0white chalk",
    "not UTF-8": b"\0teacher\0\xff",
}


def plain(word: str) -> str:
    """Write the initial response of AUTH PLAIN that stands under a name."""
    return base64.b64encode(SECRETS[word]).decode()


def spoken(text: str) -> list[tuple[str, bytes | str]]:
    """Read a conversation as ("C", octets) and ("S", expectation)."""
    text = re.sub(r"\{(\d+) octets\}", lambda found: "x" * int(found[1]), textwrap.dedent(text).strip())
    text = re.sub(r"\{([^}]+)\}", lambda found: plain(found[1]), text)
    parts: list[tuple[str, bytes | str]] = []
    for line in text.splitlines():
        mark, said = line[:2], line[3:]
        if mark == "C:":
            parts.append(("C", said.encode() + b"\r\n"))
        elif mark == "C=":
            parts.append(("C", said.encode("latin-1").decode("unicode_escape").encode("latin-1")))
        else:
            assert mark == "S:", line
            parts.append(("S", said))
    return parts


def replies(octets: bytes) -> list[Reply]:
    """Split what a server sent into whole replies; nothing may be left over."""
    buffer = ReceiveBuffer()
    buffer.feed(octets)
    found = list(buffer.replies())
    assert buffer.end() is None
    return found


def receiver(lmtp: bool) -> Receiver:
    """Make a receiver with mailboxes of its own, greylist included."""
    return Receiver(Site(mailboxes=Mailboxes(), lmtp=lmtp, size_limit=1000), address="127.0.0.1")


def fits(reply: Reply, expected: str) -> bool:
    """Tell whether a reply has the expected codes and holds the expected text."""
    code, *rest = expected.split(" ", 1)
    enhanced, *text = rest[0].split(" ", 1) if rest else [""]
    if not re.fullmatch(r"\d\.\d\.\d+", enhanced):
        enhanced, text = "", rest
    return (
        reply.code == int(code)
        and str(reply.enhanced_status_code or "") == enhanced
        and all(part in reply.text for part in text)
    )


def cut(octets: bytes, how: str) -> Iterable[bytes]:
    """Cut octets in one piece, one at a time, or at random (the same way each run)."""
    if how == "whole":
        return [octets]
    if how == "one at a time":
        return [octets[at : at + 1] for at in range(len(octets))]

    def pieces() -> Iterator[bytes]:
        dice, at = random.Random(len(octets)), 0  # noqa: S311 (no secret)
        while at < len(octets):
            size = dice.choice((1, 2, 3, 7, 40, 1000))
            yield octets[at : at + size]
            at += size

    return pieces()


@pytest.mark.parametrize("how", ["whole", "one at a time", "at random"])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(name: str, how: str) -> None:
    """The replies are those written down, in their order, however the client's octets are cut."""
    text, lmtp = CONVERSATIONS[name]
    server, said = receiver(lmtp), spoken(text)
    stream = b"".join(octets for side, octets in said if isinstance(octets, bytes))
    got = replies(b"".join(server.receive_data(piece) for piece in cut(stream, how)))
    expected = [str(words) for side, words in said if side == "S"]
    shown = [f"{reply.code} {reply.text}" for reply in got]
    assert len(got) == len(expected), shown
    wrong = [(want, have) for want, reply, have in zip(expected, got, shown, strict=True) if not fits(reply, want)]
    assert wrong == []


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_client_finds_no_fault_with_the_replies(name: str) -> None:
    """Our own client's judges find no deviation worth a warning in any reply, and both ends agree on the state."""
    text, lmtp = CONVERSATIONS[name]
    server, client = receiver(lmtp), Connection()
    client.receive_data(server.greeting())
    for side, octets in spoken(text):
        if isinstance(octets, bytes) and side == "C":
            client.send_octets(octets)
            if answer := server.receive_data(octets):
                client.receive_data(answer)
    assert client.outstanding == ()
    assert server.closed == (client.state is State.CLOSED)
    faults = []
    while (event := client.next_event()) is not None:
        if isinstance(event, Greeted | ReplyReceived):
            faults += [
                (str(event.reply), str(finding))
                for finding in event.findings
                if finding.rule.severity > Severity.NOTE and finding.rule.rule_id != "auth-offered-in-clear"
            ]
            faults += [
                (str(event.reply), str(finding))
                for finding in event.findings
                if finding.rule.rule_id == "enhanced-code-misplaced"
            ]
    assert faults == []


def test_every_reply_is_in_some_conversation() -> None:
    """Each row of the table of replies is said in a conversation above, but for those of TLS and of the end."""
    heard = ""
    for text, lmtp in CONVERSATIONS.values():
        server = receiver(lmtp)
        heard += server.greeting().decode()
        octets = [said for _, said in spoken(text) if isinstance(said, bytes)]
        heard += server.receive_data(b"".join(octets)).decode()
    unsaid = [
        name
        for name, row in REPLIES.items()
        if not re.search(
            rf"{row.code}[- ]{row.status} ?" + re.sub(r"\\\{\w+\\\}", ".*", re.escape(row.text.split("\n")[0])),
            heard,
        )
    ]
    assert unsaid == [
        "shutting down",
        "too slow",
        "endless line",
        "ready for TLS",
        "no TLS",
        "TLS is on",
        "too many recipients",
        "answer needs SMTPUTF8",
    ]


@pytest.mark.parametrize("name", REPLIES)
def test_statuses_fit_their_codes(name: str) -> None:
    """An enhanced status code stands where RFC 2034 wants one, and its class is the code's."""
    row = REPLIES[name]
    if row.code // 100 == 3 or name in ("greeting", "hello"):
        assert row.status == ""
    else:
        code = EnhancedStatusCode.parse(row.status)
        assert code is not None
        assert code.class_ == row.code // 100


LINES = [
    b"EHLO c",
    b"HELO c",
    b"MAIL FROM:<>",
    b"MAIL FROM:<a@example.org> BODY=BINARYMIME",
    b"RCPT TO:<student@example.test>",
    b"DATA",
    b".",
    b"BDAT 4",
    b"BDAT 9 LAST",
    b"BDAT 4000",
    b"AUTH LOGIN",
    b"AUTH PLAIN =",
    b"*",
    b"QUIT",
    b"RSET",
    b"VRFY \xd1\x83 SMTPUTF8",
    b"HELP",
]
HOSTILE = st.lists(
    st.builds(
        lambda line, end: line + end,
        st.sampled_from(LINES) | st.binary(max_size=20),
        st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b""]),
    ),
    max_size=20,
).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(octets=HOSTILE, at=st.integers(0, 400))
def test_whatever_is_sent_is_answered_the_same_way(octets: bytes, at: int) -> None:
    """Any octets get whole replies and no exception, and the same ones in one piece and in two."""
    whole, halves = receiver(lmtp=False), receiver(lmtp=False)
    answer = whole.receive_data(octets)
    assert all(b"\x00" not in line and len(line) <= 510 for line in answer.split(b"\r\n"))
    assert [reply.code for reply in replies(answer) if reply.code >= 600] == []
    assert halves.receive_data(octets[:at]) + halves.receive_data(octets[at:]) == answer
    assert halves.closed == whole.closed
