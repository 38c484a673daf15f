"""The last exchanges: which octets belong together, how long they took, and what is kept."""

from __future__ import annotations

from smtpshell.protocol.commands import Bdat, Command, Content, Noop
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived, TlsWanted
from smtpshell.protocol.replies import Reply
from smtpshell.shell.display.exchanges import KEPT, Exchange, Exchanges


def seen(*events: Event) -> Exchanges:
    """Show events, a second apart."""
    exchanges = Exchanges()
    for second, event in enumerate(events, 1):
        exchanges.observe(event, float(second))
    return exchanges


def told(exchange: Exchange | None) -> tuple[bytes, bytes, float | None]:
    """Give what an exchange sent and received, and how long it took."""
    assert exchange is not None
    return b"".join(octets for octets, _ in exchange.sent), b"".join(exchange.received), exchange.elapsed


def sent(command: Command) -> CommandSent:
    """Make the event of a command."""
    return CommandSent(octets=command.encode(), command=command)


def replied(line: bytes, command: Command | None) -> ReplyReceived:
    """Make the event of a reply."""
    return ReplyReceived(reply=Reply.from_lines(line), command=command)


def test_each_reply_belongs_to_its_command() -> None:
    """Two commands in one write: each has its own octets and its own time."""
    one, two = Noop("1"), Noop("2")
    exchanges = seen(sent(one), sent(two), replied(b"250 a\r\n", one), replied(b"250 b\r\n", two))
    assert told(exchanges.last(2)) == (b"NOOP 1\r\n", b"250 a\r\n", 2.0)
    assert told(exchanges.last()) == (b"NOOP 2\r\n", b"250 b\r\n", 2.0)
    assert exchanges.answered is exchanges.last()
    assert exchanges.last(3) is None
    assert len(exchanges) == 2


def test_greeting_and_what_nobody_asked_for() -> None:
    """The greeting counts from the beginning, a reply to nothing has no time."""
    exchanges = seen(Greeted(reply=Reply.from_lines(b"220 mx\r\n")), replied(b"421 bye\r\n", None))
    assert told(exchanges.last(2)) == (b"", b"220 mx\r\n", 1.0)
    assert told(exchanges.last()) == (b"", b"421 bye\r\n", None)


def test_content_counts_from_its_end() -> None:
    """The content is an exchange of its own; LMTP's replies share it, and the next content is another."""
    content = ContentSent(octets=b"a\r\n"), ContentSent(octets=b".\r\n", ended=True)
    replies = replied(b"250 x\r\n", Content("<x>")), replied(b"550 y\r\n", Content("<y>"))
    exchanges = seen(*content, *replies, TlsWanted(), *content)
    assert told(exchanges.last(2)) == (b"a\r\n.\r\n", b"250 x\r\n550 y\r\n", 2.0)
    assert told(exchanges.last()) == (b"a\r\n.\r\n", b"", None)


def test_a_chunk_belongs_to_its_command() -> None:
    """The time of BDAT is that from the chunk's last octet."""
    chunk = Bdat(2, last=True)
    exchanges = seen(sent(chunk), ContentSent(octets=b"hi", chunk=True, ended=True), replied(b"250 ok\r\n", chunk))
    assert told(exchanges.last()) == (b"BDAT 2 LAST\r\nhi", b"250 ok\r\n", 1.0)


def test_what_is_long_is_counted() -> None:
    """Of each direction the beginning is kept, and the number of octets."""
    lines = [b"250-" + b"x" * 996] * 100 + [b"250 y"]
    block = b"z" * 50_000
    exchanges = seen(
        ContentSent(octets=block),
        ContentSent(octets=block, ended=True),
        ContentSent(octets=block, ended=True),
        ReplyReceived(reply=Reply.from_lines(*lines), command=Content()),
    )
    exchange = exchanges.last()
    out, back, _ = told(exchange)
    assert exchange is not None
    assert (out, exchange.sent_octets) == (b"z" * KEPT, 150_000)
    assert (len(back), exchange.received_octets) == (KEPT, 100_005)


def test_the_end_of_a_connection_closes_what_is_open() -> None:
    """What was unanswered stays so; a reply in the next connection is not taken for its own."""
    one = Noop()
    exchanges = seen(sent(one), ContentSent(octets=b"a"), Closed(), replied(b"250 late\r\n", one))
    assert told(exchanges.last(3))[1:] == (b"", None)
    assert told(exchanges.last()) == (b"", b"250 late\r\n", None)
