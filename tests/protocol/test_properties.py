"""What holds for all octets, commands and cuts, across the core as a whole.

Properties of one module each are beside its other tests: any octets from a server (test_connection.py), any
command built parses back to itself (test_commands.py), stuffing and unstuffing (test_content.py).
"""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.command_reader import ChunkHeard, CommandHeard, CommandReader, ContentHeard, Heard
from smtpshell.protocol.commands import Bdat, Command, Data
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import Event
from smtpshell.protocol.limits import UNBOUNDED
from tests.playbook import described, pieces
from tests.protocol.test_commands import BUILT
from tests.protocol.test_connection import ENDS, SPEECH
from tests.protocol.test_content import CONTENT

TYPED = st.lists(
    st.sampled_from(
        [
            b"EHLO c\r\n", b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"DATA\r\n", b"BDAT 3\r\n",
            b"BDAT 2 LAST\r\n", b"STARTTLS\r\n", b"AUTH LOGIN\r\n", b"QUIT\r\n", b"RSET\n", b".\r\n", b"..x\r\n",
            b"*\r\n", b"a\rb", b"\xff",
        ]
    ),
    max_size=6,
).map(b"".join)  # fmt: skip
DIALOGUE = st.lists(st.tuples(TYPED, SPEECH), max_size=4)


def lived(dialogue: list[tuple[bytes, bytes]], ends: list[int]) -> list[str]:
    """Play a dialogue, both streams cut at these places; give its events, blocks joined."""
    connection = Connection()
    events: list[Event] = []
    for typed, speech in dialogue:
        for piece in pieces(typed, ends):
            connection.send_octets(piece)
        for piece in pieces(speech, ends):
            connection.receive_data(piece)
        events += iter(connection.next_event, None)
    connection.receive_data(b"")
    events += iter(connection.next_event, None)
    return described(events)


@given(DIALOGUE, ENDS)
@example(
    [(b"EHLO c\r\nSTARTTLS\r\n", b"220 a\r\n250 b\r\n220 go\r\n250 evil\r\n"), (b"EHLO c\r\n", b"250 x\r\n")], [20]
)
@example([(b"DATA\r\n..x\r\n.\r\nQUIT\r\n", b"220 a\r\n354 go\r\n250 ok\r\n221 bye\r\n")], [3, 9, 13])
def test_any_dialogue_in_any_cuts_gives_the_same_events(
    dialogue: list[tuple[bytes, bytes]], ends: list[int]
) -> None:
    """Whatever both sides say, and however it is cut, the same happens, and nothing is raised."""
    assert lived(dialogue, ends) == lived(dialogue, [])


def read(octets: bytes, ends: list[int], *, strict: bool) -> tuple[list[str], list[tuple[str, bytes]]]:
    """Read a server's octets to the end, whatever is raised; give the events, and what was raised."""
    connection = Connection(strict=strict)
    raised = []
    for piece in [*pieces(octets, ends), b""]:
        try:
            connection.receive_data(piece)
        except RemoteProtocolError as error:
            raised.append((error.message, error.octets))
    return described(list(iter(connection.next_event, None))), raised


@given(SPEECH, ENDS)
@example(b"220 a\r\n250 b\n999 c\r\nx\r\n", [12, 14])
def test_strictness_changes_no_event(octets: bytes, ends: list[int]) -> None:
    """A strict connection has the same events in any cut, and raises the first breach of a MUST."""
    events, raised = read(octets, ends, strict=True)
    assert (events, []) == read(octets, [], strict=False)
    assert raised[:1] == read(octets, [], strict=True)[1][:1]


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from([4, 600, UNBOUNDED - 2, UNBOUNDED - 1, UNBOUNDED, UNBOUNDED + 1]), max_size=3),
    st.lists(st.integers(0, 3 * UNBOUNDED), max_size=3),
)
def test_a_line_without_bounds_is_refused_in_any_cut(lengths: list[int], ends: list[int]) -> None:
    """Lines up to UNBOUNDED octets are replies; the first longer one is RemoteProtocolError, however it comes."""
    octets = b"".join(b"250 " + b"x" * (length - 4) + b"\n" for length in lengths)
    replies = next((at for at, length in enumerate(lengths) if length + 1 > UNBOUNDED), len(lengths))
    connection = Connection()
    refused = b""
    try:
        for piece in pieces(octets, ends):
            connection.receive_data(piece)
    except RemoteProtocolError as error:
        refused = error.octets
    assert refused == (b"250 ".ljust(64, b"x") if replies < len(lengths) else b"")
    assert len(list(iter(connection.next_event, None))) == replies


def heard(octets: bytes, ends: list[int], *, content: bool = False) -> list[Heard]:
    """Give what a server's ear hears of a client, cut at these places."""
    reader = CommandReader()
    if content:
        reader.expect_content()
    found: list[Heard] = []
    for piece in pieces(octets, ends):
        reader.receive_data(piece)
        found += iter(reader.next_heard, None)
    return found


COMMAND = BUILT.filter(lambda command: not isinstance(command, Bdat))


@given(st.lists(COMMAND, max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_a_group_of_commands_is_heard_as_it_was_built(group: list[Command], ends: list[int]) -> None:
    """From the client's core to the server's ear: the same commands in the same order, whatever the cut."""
    connection = Connection()
    wire = b"".join(map(connection.send, group))
    assert [one.command for one in heard(wire, ends) if isinstance(one, CommandHeard)] == group


@given(CONTENT, ENDS, ENDS)
def test_content_arrives_as_it_was_sent(octets: bytes, ends: list[int], others: list[int]) -> None:
    """Stuffed by the client in any blocks, unstuffed by the server in any cut: the same octets, then QUIT."""
    connection = Connection()
    connection.receive_data(b"220 a\r\n")
    connection.send(Data())
    connection.receive_data(b"354 go\r\n")
    encoder = ContentEncoder(repair=False)
    wire = b"".join(connection.send_content(block, encoder) for block in pieces(octets, ends))
    wire += connection.end_content(encoder) + b"QUIT\r\n"
    *blocks, last = heard(wire, others, content=True)
    content = b"".join(block.octets for block in blocks if isinstance(block, ContentHeard))
    assert content == (octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n")
    assert isinstance(last, CommandHeard)
    assert last.octets == b"QUIT\r\n"


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=4), st.lists(st.integers(0, 200), max_size=8))
def test_chunks_arrive_as_they_were_sent(chunks: list[bytes], ends: list[int]) -> None:
    """BDAT's octets, whatever they are, are content and never commands."""
    connection = Connection()
    wire = b""
    for number, chunk in enumerate(chunks, 1):
        wire += connection.send(Bdat(len(chunk), last=number == len(chunks))) + connection.send_octets(chunk)
    found = heard(wire, ends)
    assert b"".join(one.octets for one in found if isinstance(one, ChunkHeard)) == b"".join(chunks)
    assert sum(isinstance(one, CommandHeard) for one in found) == len(chunks)
    assert not connection.chunk_wanted
