"""Sessions over real loopback sockets: verbs, waiting, observers, content, losing the connection."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from smtpshell.errors import ConnectionLost, RemoteProtocolError, TimedOut, TransportError
from smtpshell.protocol.commands import Data, Noop, Rset
from smtpshell.protocol.events import Closed, Discarded, Event, ReplyReceived
from smtpshell.protocol.parameters import Parameter
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.session.session import BLOCK, Session
from smtpshell.session.timeouts import Timeouts
from tests.playbook import described
from tests.session.scripted import Peer, served


def opened(where: str, scheme: str = "smtp", **options: object) -> Session:
    """Open a session with a short limit."""
    return Session.connect(f"{scheme}://{where}", timeouts=Timeouts(5.0), **options)  # type: ignore[arg-type]


def answering(*replies: str, then: Callable[[Peer], object] = Peer.wait_for_close) -> Callable[[Peer], None]:
    """Make a script that greets, gives a reply to each line, and goes on with another."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer(*replies)
        then(peer)

    return script


VERBS: list[tuple[Callable[[Session], Reply], bytes]] = [
    (lambda s: s.ehlo("client"), b"EHLO client\r\n"),
    (lambda s: s.helo("client"), b"HELO client\r\n"),
    (lambda s: s.lhlo("client"), b"LHLO client\r\n"),
    (lambda s: s.mail("a@b", Parameter("SIZE", "5")), b"MAIL FROM:<a@b> SIZE=5\r\n"),
    (lambda s: s.rcpt("a@b", Parameter("NOTIFY", "NEVER")), b"RCPT TO:<a@b> NOTIFY=NEVER\r\n"),
    (lambda s: s.data(), b"DATA\r\n"),
    (lambda s: s.send_from("a@b"), b"SEND FROM:<a@b>\r\n"),
    (lambda s: s.soml("a@b"), b"SOML FROM:<a@b>\r\n"),
    (lambda s: s.saml("a@b"), b"SAML FROM:<a@b>\r\n"),
    (lambda s: s.rset(), b"RSET\r\n"),
    (lambda s: s.vrfy("teacher"), b"VRFY teacher\r\n"),
    (lambda s: s.expn("class"), b"EXPN class\r\n"),
    (lambda s: s.help(), b"HELP\r\n"),
    (lambda s: s.help("MAIL"), b"HELP MAIL\r\n"),
    (lambda s: s.noop(), b"NOOP\r\n"),
    (lambda s: s.etrn("example.test"), b"ETRN example.test\r\n"),
    (lambda s: s.turn(), b"TURN\r\n"),
    (lambda s: s.starttls(), b"STARTTLS\r\n"),
    (lambda s: s.auth("EXTERNAL", "="), b"AUTH EXTERNAL =\r\n"),
    (lambda s: s.quit(), b"QUIT\r\n"),
]


def test_every_verb_has_a_method() -> None:
    """Each method sends its line and gives the reply to it, not the greeting that came first."""
    heard: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        for number in range(len(VERBS)):
            heard.append(peer.line())
            peer.say(f"5{number % 50:02} no\r\n")

    with served(script) as where, opened(where) as session:
        codes = [method(session).code for method, _ in VERBS]
    assert codes == [500 + number for number in range(len(VERBS))]
    assert heard == [line for _, line in VERBS]


def test_auth_by_challenges() -> None:
    """An exchange goes on by answers until the server is content."""
    script = answering("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome")
    with served(script) as where, opened(where) as session:
        assert session.auth("LOGIN").code == 334
        assert session.auth_response("c3R1ZGVudA==").code == 334
        assert session.auth_response("cm9zZWJ1ZA==").code == 235
        assert session.connection.facts.authenticated


def test_observers_see_every_event_in_order() -> None:
    """What is sent and what comes is shown as it happens, with times that never go back."""
    seen: list[tuple[Event, float]] = []
    with served(answering("250 ok", "221 bye", then=lambda peer: None)) as where:
        session = opened(where, observers=[lambda event, seconds: seen.append((event, seconds))])
        session.noop()
        session.quit()
        while not session.closed:
            session.receive()
        session.close()
    lines = described([event for event, _ in seen])
    assert lines == [
        "-> NOOP !before-greeting",
        "<- 220 to CONNECT",
        "<- 250 to NOOP",
        "-> QUIT",
        "<- 221 to QUIT",
        "*  closed by server",
    ]
    times = [seconds for _, seconds in seen]
    assert times == sorted(times)


def test_waiting_for_replies() -> None:
    """A group is waited for whole, or up to a count of replies; the last one is given."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.until(b"NOOP\r\nRSET\r\nNOOP\r\n")
        peer.say("250 one\r\n250 two\r\n")
        peer.line()
        peer.say("250 three\r\n250 four\r\n")
        peer.wait_for_close()

    with served(script) as where, opened(where) as session:
        greeting = session.wait_for_replies()
        assert greeting is not None
        assert greeting.code == 220
        session.send_octets(b"NOOP\r\nRSET\r\nNOOP\r\n")
        second = session.wait_for_replies(1)
        assert second is not None
        assert session.connection.outstanding
        session.send(Noop())
        last = session.wait_for_replies()
        assert last is not None
        assert last.text == "four"
        assert session.wait_for_replies() is None
        assert session.wait_for_replies(0) is None


def test_each_command_gets_its_own_reply() -> None:
    """With several outstanding, execute() gives the reply to its own, whatever comes before."""
    with served(answering("250 first", "250 second", "250 third")) as where, opened(where) as session:
        session.send(Noop())
        session.send(Rset())
        assert session.execute(Noop()).text == "third"


def transaction(peer: Peer, received: list[bytes]) -> None:
    """Take one transaction and keep its content as it came, with the end."""
    peer.say("220 mx\r\n")
    peer.answer("250 ok", "250 ok", "354 go")
    received.append(peer.until(b"\r\n.\r\n"))
    peer.say("250 queued\r\n")
    peer.wait_for_close()


CONTENT = b"Subject: x\n\n.dot\r\nlast"
WIRE = b"Subject: x\r\n\r\n..dot\r\nlast\r\n.\r\n"


@pytest.mark.parametrize(
    "source",
    [CONTENT, io.BytesIO(CONTENT), [CONTENT], (CONTENT[at : at + 1] for at in range(len(CONTENT)))],
    ids=["bytes", "file", "list", "iterator"],
)
def test_content_from_any_source(source: bytes | BinaryIO | Iterable[bytes]) -> None:
    """Octets, a file and blocks of octets give the same content on the wire."""
    received: list[bytes] = []
    with served(lambda peer: transaction(peer, received)) as where, opened(where) as session:
        session.mail("")
        session.rcpt("a@b")
        assert session.data().code == 354
        session.send_content(source)
        encoder = session.end_content()
        assert [reply.code for reply in session.content_reply()] == [250]
    assert received == [WIRE]
    assert (encoder.octets_in, encoder.stuffed, encoder.repaired) == (len(CONTENT), 1, 2)


def test_exact_content() -> None:
    """On demand line ends go out as they are."""
    received: list[bytes] = []
    with served(lambda peer: transaction(peer, received)) as where, opened(where) as session:
        session.mail("")
        session.rcpt("a@b")
        session.data()
        session.send_content(b"a\n.b\r\n", exact=True)
        session.end_content()
        session.content_reply()
    assert received == [b"a\n.b\r\n.\r\n"]


def test_lmtp_content_has_a_reply_for_each_recipient() -> None:
    """All replies are given, also where they come in one read."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250 mx", "250 ok", "250 ok", "550 no", "250 ok", "354 go")
        peer.until(b"\r\n.\r\n")
        peer.say("250 one\r\n452 two\r\n")
        peer.wait_for_close()

    with served(script) as where, opened(where, "lmtp") as session:
        session.lhlo("client")
        session.mail("")
        for recipient in ("one@b", "no@b", "two@b"):
            session.rcpt(recipient)
        session.data()
        session.send_content(b"x\n")
        session.end_content()
        assert [reply.code for reply in session.content_reply()] == [250, 452]


def test_chunks() -> None:
    """A chunk goes out in one write with its command, dots and all."""
    heard: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        heard.append(peer.until(b"\r\n.\r\n"))
        peer.say("250 ok\r\n")
        peer.wait_for_close()

    with served(script) as where, opened(where) as session:
        assert session.bdat(b"\r\n.\r\n", last=True).code == 250
    assert heard == [b"BDAT 5 LAST\r\n\r\n.\r\n"]


def test_memory_does_not_grow_with_the_content(tmp_path: Path) -> None:
    """A message of 32 MiB takes a few blocks of memory, from a file and from an iterator."""
    size = 32 << 20
    file = tmp_path / "message"
    line = b"x" * 76 + b"\n"
    with file.open("wb") as writing:
        writing.truncate(0)
        for _ in range(size // len(line) // 1000):
            writing.write(line * 1000)

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("354 go")
        tail = b""
        while tail != b"\r\n.\r\n":
            tail = (tail + peer.socket.recv(BLOCK))[-5:]
        peer.say("250 ok\r\n")
        peer.wait_for_close()

    def blocks() -> Iterable[bytes]:
        for _ in range(size // BLOCK):
            yield b"x" * 76 + b"\n" + b"y" * (BLOCK - 77)

    with file.open("rb") as reading:
        for source in (reading, blocks()):
            with served(script) as where, opened(where) as session:
                session.data()
                tracemalloc.start()
                session.send_content(source)
                session.end_content()
                _, peak = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                assert session.content_reply()[0].code == 250
                assert peak < 16 * BLOCK


def test_a_silent_server() -> None:
    """A wait that ends in time leaves the session usable, and the reply can still be read."""
    asked = threading.Event()

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.line()
        asked.wait(5.0)
        peer.say("250 late\r\n")
        peer.wait_for_close()

    with served(script) as where, opened(where) as session:
        session.wait_for_replies()
        session.send(Noop())
        with pytest.raises(TimedOut, match="nothing came in time"):
            session.receive(0.05)
        assert not session.closed
        assert session.poll() == []
        asked.set()
        reply = session.wait_for_replies()
        assert reply is not None
        assert reply.text == "late"


def test_a_server_that_closes_inside_a_reply() -> None:
    """The unfinished reply is 621, and answers the command."""

    def half(peer: Peer) -> None:
        peer.line()
        peer.say("250-half\r\n250")

    with served(answering(then=half)) as where:
        session = opened(where)
        assert session.noop().code == 621
        while not session.closed:
            session.receive()
        assert session.connection.state is State.CLOSED


def test_a_server_that_closes_without_a_reply() -> None:
    """A command that never gets its reply is a lost connection, which says so; the events are there."""
    seen: list[Event] = []
    with served(answering(then=lambda peer: None)) as where:
        session = opened(where, observers=[lambda event, seconds: seen.append(event)])
        session.wait_for_replies()
        with pytest.raises(ConnectionLost):
            session.noop()
        assert session.closed
        assert isinstance(seen[-1], Closed)


def test_nothing_is_sent_on_a_closed_session() -> None:
    """After the end every way of sending is refused, and nothing is noted as sent."""
    seen: list[Event] = []
    with served(answering()) as where:
        session = opened(where, observers=[lambda event, seconds: seen.append(event)])
        session.wait_for_replies()
        session.close()
        session.close()
        assert session.fileno() == -1
        for way in (
            lambda: session.send(Noop()),
            lambda: session.send_octets(b"NOOP\r\n"),
            lambda: session.send_content(b"x"),
            session.end_content,
        ):
            with pytest.raises(ConnectionLost, match="the connection is closed; connect again"):
                way()
        assert described(seen) == ["<- 220 to CONNECT", "*  closed by us"]
        assert session.poll() == []


def test_last_words_are_read_when_sending_fails() -> None:
    """Where the server hung up, what it said before is shown although sending failed."""
    seen: list[Event] = []
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.line()
        peer.say("421 too much\r\n")
        peer.socket.close()
        gone.set()

    with served(script) as where:
        session = opened(where, observers=[lambda event, seconds: seen.append(event)])
        session.wait_for_replies()
        session.send(Data())
        assert gone.wait(5.0)
        with pytest.raises(ConnectionLost):
            session.send_octets((b"x" * 60_000 + b"\r\n") * 150)
        assert session.closed
        lines = described(seen)
        assert "<- 421 to DATA" in lines
        assert lines[-1].startswith("*  closed by ")


# More than a unix socket holds, either way: some 200 KB on Linux.
MANY = 60_000


def test_a_big_group_and_a_server_that_stops_reading(tmp_path: Path) -> None:
    """Replies are taken while a group goes out: a server that waits for that reads on, and each has its own."""
    codes: list[int] = []

    def note(event: Event, _: float) -> None:
        if isinstance(event, ReplyReceived):
            codes.append(event.reply.code)

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        for _ in range(MANY):
            peer.line()
            peer.say("250 ok\r\n")

    with (
        served(script, family=socket.AF_UNIX, address=str(tmp_path / "mx")) as where,
        opened(where, "lmtp+unix", observers=[note]) as session,
    ):
        session.wait_for_replies()
        session.send_octets(b"RSET\r\n" * MANY)
        assert session.connection.awaited == Rset()
        assert session.wait_for_replies() == Reply(250, (b"250 ok\r\n",))
    assert codes == [250] * MANY


def test_what_came_in_the_clear_while_sending_is_not_read_inside_tls(tmp_path: Path) -> None:
    """Behind the 220 to STARTTLS nothing is a reply, also where it was taken while a group went out."""
    seen: list[Event] = []

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.line()
        peer.say("220 go\r\n" + "250 evil\r\n" * MANY)
        peer.until(b"LAST\r\n")

    with served(script, family=socket.AF_UNIX, address=str(tmp_path / "mx")) as where:
        session = opened(where, "lmtp+unix", observers=[lambda event, seconds: seen.append(event)])
        session.wait_for_replies()
        session.send_octets(b"STARTTLS\r\n" + b"NOOP\r\n" * MANY + b"NOOP LAST\r\n")
        session.wait_for_replies(1)
        assert session.connection.state is State.TLS
        with pytest.raises(TransportError):
            session.complete_tls()
    assert [event.reply.code for event in seen if isinstance(event, ReplyReceived)] == [220]
    assert any(isinstance(event, Discarded) for event in seen)


def test_poll_never_blocks() -> None:
    """Polling gives what is there and returns at once, whatever there is."""
    said = threading.Event()
    go = threading.Event()

    def script(peer: Peer) -> None:
        go.wait(5.0)
        peer.say("220 mx\r\n421 idle\r\n")
        said.set()

    with served(script) as where, opened(where) as session:
        assert session.poll() == []
        go.set()
        assert said.wait(5.0)
        events: list[Event] = []
        while not session.closed:
            events += session.poll()
        assert described(events) == [
            "<- 220 to CONNECT",
            "<- 421 to nothing !unsolicited-reply",
            "*  closed by server",
        ]


def test_poll_ends_although_the_server_never_stops() -> None:
    """A flood is read in portions, so that a prompt can stay alive."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                peer.say("250 spam\r\n" * 10_000)

    with served(script) as where, opened(where) as session:
        session.receive()
        session.poll()
        assert not session.closed


def test_strict_events_are_shown_before_the_error() -> None:
    """What a strict session refuses to read on is shown to observers all the same."""
    seen: list[Event] = []

    def script(peer: Peer) -> None:
        peer.say("220 mx\n")
        peer.wait_for_close()

    with served(script) as where:
        session = opened(where, strict=True, observers=[lambda event, seconds: seen.append(event)])
        with pytest.raises(RemoteProtocolError, match="a reply line ends in a bare LF"):
            session.wait_for_replies()
        session.close()
    assert described(seen)[0] == "<- 220 to CONNECT !reply-bare-lf"


class Counted:
    """A transport that remembers how much each write had."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.writes: list[int] = []

    def send(self, octets: bytes) -> None:
        """Send, and remember it."""
        self.writes.append(len(octets))
        self.transport.send(octets)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


@pytest.mark.parametrize(("count", "writes"), [(3, 1), (1200, 1), (2400, 29)])
def test_a_group_goes_out_in_one_write(count: int, writes: int) -> None:
    """However many commands it has; but one that is larger than buffers are goes out as its replies are taken."""
    line = b"VRFY " + b"x" * 42 + b"\r\n"

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        for _ in range(count):
            assert peer.line() == line
            peer.say("252 perhaps\r\n")

    with served(script) as where, Session.connect(where) as session:
        session.wait_for_replies()
        counted = Counted(session.transport)
        session.transport = counted
        session.send_octets(line * count)
        assert len(counted.writes) == writes
        assert sum(counted.writes) == count * len(line)
        session.wait_for_replies(count)
        assert session.connection.awaited is None
