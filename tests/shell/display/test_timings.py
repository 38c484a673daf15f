"""What took how long: remembered while it goes on, drawn in any width."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from smtpshell.protocol.commands import Auth, AuthResponse, Bdat, Command, Content, Data, Mail, Noop, StartTls
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived, TlsStarted
from smtpshell.protocol.replies import Reply
from smtpshell.shell.batch.json_lines import JsonLines
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.render import to_text
from smtpshell.shell.display.timings import KEPT, Timed, Timings
from smtpshell.shell.display.waterfall import cut, summary, waterfall
from tests.shell.support import Shell


def sent(command: Command, octets: bytes = b"") -> CommandSent:
    """Give the event of a command that was sent."""
    return CommandSent(octets=octets or command.encode(), command=command)


def reply(code: int, command: Command | None) -> ReplyReceived:
    """Give the event of a reply."""
    return ReplyReceived(reply=Reply.from_lines(b"%d x\r\n" % code), command=command)


GREETING = Greeted(reply=Reply.from_lines(b"220 x\r\n"))
MAIL, NOOP, DATA, STARTTLS = Mail("a@b"), Noop(), Data(), StartTls()
CONTENT, TO_A, TO_B = Content(), Content("a"), Content("b")
BDAT, LOGIN, RESPONSE = Bdat(3, last=True), Auth("PLAIN", "c2VjcmV0"), AuthResponse("c2VjcmV0")

# conversation -> its events, each with its seconds, and the exchanges: label, reply, sent, done, octets
CONVERSATIONS: dict[str, tuple[list[tuple[float, Event]], list[tuple[str, str, float, float, int]]]] = {
    "one after the other": (
        [(1, GREETING), (2, sent(MAIL)), (3, reply(250, MAIL)), (4, sent(NOOP)), (5, reply(250, NOOP))],
        [("greeting", "220", 0, 1, 0), ("MAIL FROM:<a@b>", "250", 2, 3, 0), ("NOOP", "250", 4, 5, 0)],
    ),
    "a group": (
        [(2, sent(MAIL)), (2, sent(NOOP)), (3, reply(550, MAIL)), (4, reply(250, NOOP))],
        [("MAIL FROM:<a@b>", "550", 2, 3, 0), ("NOOP", "250", 2, 4, 0)],
    ),
    "TLS": (
        [(1, sent(STARTTLS)), (2, reply(220, STARTTLS)), (5, TlsStarted())],
        [("STARTTLS", "220", 1, 2, 0), ("TLS handshake", "", 2, 5, 0)],
    ),
    "TLS first": (
        [(3, TlsStarted()), (4, GREETING)],
        [("TLS handshake", "", 0, 3, 0), ("greeting", "220", 3, 4, 0)],
    ),
    "content in blocks": (
        [
            (1, sent(DATA)),
            (2, reply(354, DATA)),
            (3, ContentSent(octets=b"abc")),
            (4, ContentSent(octets=b".\r\n", ended=True)),
            (6, reply(250, CONTENT)),
        ],
        [("DATA", "354", 1, 2, 0), ("content", "250", 3, 6, 6)],
    ),
    "two messages": (
        [
            (3, ContentSent(octets=b"a", ended=True)),
            (4, reply(250, CONTENT)),
            (5, ContentSent(octets=b"bc", ended=True)),
            (6, reply(554, CONTENT)),
        ],
        [("content", "250", 3, 4, 1), ("content", "554", 5, 6, 2)],
    ),
    "LMTP": (
        [(3, ContentSent(octets=b"a", ended=True)), (4, reply(250, TO_A)), (6, reply(450, TO_B))],
        [("content for <a>", "250", 3, 4, 1), ("content for <b>", "450", 3, 6, 1)],
    ),
    "a chunk": (
        [
            (1, sent(BDAT)),
            (2, ContentSent(octets=b"ab", chunk=True)),
            (3, ContentSent(octets=b"c", chunk=True, ended=True)),
            (4, reply(250, BDAT)),
            (5, reply(250, TO_B)),
        ],
        [("BDAT 3 LAST", "250", 1, 4, 3), ("content for <b>", "250", 1, 5, 3)],
    ),
    "secrets": (
        [(1, sent(LOGIN)), (2, reply(334, LOGIN)), (3, sent(RESPONSE)), (4, reply(235, RESPONSE))],
        [("AUTH PLAIN", "334", 1, 2, 0), ("AUTH-RESPONSE", "235", 3, 4, 0)],
    ),
    "a long line": (
        [(1, sent(NOOP, b"NOOP " + b"x" * 500)), (2, reply(250, NOOP))],
        [("NOOP", "250", 1, 2, 0)],
    ),
    "odd octets": (
        [(1, sent(NOOP, b"NOOP \xff\r\n")), (2, reply(250, NOOP))],
        [("NOOP \\xff", "250", 1, 2, 0)],
    ),
    "unasked": ([(2, reply(421, None))], [("(nothing was asked)", "421", 2, 2, 0)]),
    "unanswered": (
        [(1, sent(NOOP)), (9, Closed(unanswered=(NOOP,)))],
        [("NOOP", "none", 1, 9, 0)],
    ),
    "waiting": ([(1, sent(NOOP))], [("NOOP", "...", 1, 10, 0)]),
    "in the middle of content": (
        [(3, ContentSent(octets=b"a"))],
        [("content", "...", 3, 10, 1)],
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_exchanges(name: str) -> None:
    """Each reply ends an exchange that began when its command was sent; at 10 seconds somebody looks."""
    events, expected = CONVERSATIONS[name]
    timings = Timings()
    for seconds, event in events:
        timings.observe(event, seconds)
    answered = [event.command for _, event in events if isinstance(event, ReplyReceived)]
    closed = any(isinstance(event, Closed) for _, event in events)
    outstanding = [
        event.command
        for _, event in events
        if isinstance(event, CommandSent) and event.command not in answered and not closed
    ]
    rows = timings.exchanges(10, outstanding)
    assert [(row.label, row.reply, row.sent, row.done, row.octets) for row in rows] == expected
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


def test_connecting_and_the_handshake_are_as_long_as_they_were() -> None:
    """Connecting stands first, with number 0; of the handshake only what it took itself counts."""
    timings = Timings()
    timings.connected(0.5)
    timings.handshake_took(1.0)
    timings.observe(TlsStarted(), 3)
    timings.handshake_took(1.0)
    assert [(row.number, row.label, row.sent, row.seconds) for row in timings.exchanges(4)] == [
        (0, "connect", -0.5, 0.5),
        (1, "TLS handshake", 2, 1.0),
    ]


def test_a_long_session_keeps_the_last() -> None:
    """However long the session is, so many are kept and no more; connecting is never forgotten."""
    timings = Timings()
    timings.connected(0.5)
    for seconds in range(KEPT + 5):
        timings.observe(reply(250, None), seconds)
    rows = timings.exchanges(0)
    assert (timings.count, len(rows), rows[0].number, rows[1].number) == (KEPT + 5, KEPT + 1, 0, 6)


# ---------------------------------------------------------------- the picture


def exchange(number: int, label: str, code: str, began: float, done: float, **more: float) -> Timed:
    """Give an exchange."""
    octets = int(more.get("octets", 0))
    return Timed(
        number=number,
        label=label,
        reply=code,
        sent=began,
        done=done,
        flown=more.get("flown", began),
        octets=octets,
    )


ROWS = [
    exchange(0, "connect", "", -1, 0),
    exchange(1, "greeting", "220", 0, 1),
    exchange(2, "MAIL FROM:<a-rather-long-name-of-somebody@example.test>", "250", 61, 62),
    exchange(3, "content", "554", 63, 65, flown=64, octets=2_500_000),
    exchange(4, "NOOP", "...", 65, 65),
]


def test_waterfall() -> None:
    """A row each; what nobody waited for is not in the picture; content is drawn in two parts and has a rate."""
    drawn = to_text(waterfall(ROWS, paper=Paper(80))).splitlines()
    assert [line.rstrip() for line in drawn[1:]] == [
        "        -1.000 connect                   1.000 s ######",
        "   1     0.000 greeting             220  1.000 s       ######",
        "   2    61.000 MAIL FROM:<a-rathe.. 250  1.000 s             #######",
        "   3    63.000 content              554  2.000 s                   ======#######",
        "                 2.5 MB, 1.25 MB/s to the reply",
        "   4    65.000 NOOP                 ...     0 ms                               #",
    ]


@pytest.mark.parametrize("width", [40, 41, 63, 64, 65, 80, 100, 132, 200])
@pytest.mark.parametrize("unicode", [False, True])
@pytest.mark.parametrize("real", [False, True])
def test_every_width(width: int, unicode: bool, real: bool) -> None:
    """No line is longer than the terminal is wide, and each exchange has a bar that touches the one before."""
    drawn = to_text(waterfall(ROWS, paper=Paper(width, unicode), real=real)).splitlines()
    assert max(map(len, drawn)) <= width
    assert all(line.isascii() or unicode for line in drawn)
    bars = [found.span() for line in drawn[1:] if (found := re.search("[#=█▒]+$", line.rstrip()))]
    assert len(bars) == len(ROWS)
    if not real:
        assert all(abs(one[1] - other[0]) <= 1 for one, other in pairwise(bars))


def test_bars_have_the_style_of_their_reply() -> None:
    """A refusal is seen by its colour, too."""
    styles = {text.strip(): style for style, text in waterfall(ROWS, paper=Paper(80)) if text.strip()}
    assert [styles[code] for code in ("220", "554", "...")] == ["reply.2", "reply.5", "event"]
    assert styles["======"] == "mark.client"


def test_what_is_shown_is_safe_and_redacted() -> None:
    """Controls in a line are shown, not obeyed, and a secret that was typed into one is hidden."""
    rows = [exchange(1, "NOOP \x1b[2J hunter22\n", "250", 0, 1)]
    drawn = to_text(waterfall(rows, paper=Paper(132), redact=lambda text: text.replace("hunter22", "${auth}")))
    assert r"NOOP \x1b[2J ${auth}\n" in drawn


def axis(done: float, width: int) -> str:
    """Give the scale above the bar of one exchange."""
    return to_text(waterfall([exchange(1, "NOOP", "250", 0, done)], paper=Paper(width))).splitlines()[0].strip()


def test_the_scale_has_ticks() -> None:
    """Above the bars stand round numbers where they belong; those without room are left out."""
    assert axis(0.4, 80) == "|0 ms          |200 ms"
    assert axis(0.4, 132) == "|0 ms           |100 ms         |200 ms         |300 ms"
    assert axis(5, 80) == "|0 s  |1 s  |2 s  |3 s  |4 s"
    assert axis(0.0021, 80) == "|0 ms         |1 ms"
    assert axis(0, 40) == "|0 ms"


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcd.."),
        ("漢字漢字", 8, "漢字漢字"),
        ("漢字漢字x", 8, "漢字漢.."),
        ("x漢字漢字", 8, "x漢字.. "),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
    ],
)
def test_cut(text: str, columns: int, shown: str) -> None:
    """Text takes exactly its columns, wide characters and accents of their own counted as terminals do."""
    assert cut(text, columns) == shown


def test_summary() -> None:
    """What is shown of how much, how long it took, and which took longest."""
    assert summary(ROWS, ROWS[:2]) == [
        "66.000 s in all, 5.000 s of that waiting for the server",
        "median 1.000 s, longest 2.000 s (number 3)",
        "2 of 5 are shown; /timing 5 shows all",
    ]
    assert summary(ROWS[:1], ROWS[:1])[1:] == ["median 1.000 s, longest 1.000 s (connecting)"]


# ---------------------------------------------------------------- the command


def test_timing(shell: Shell) -> None:
    """/timing has a row for each exchange of the conversation, in order, without a recording."""
    shell.say("MAIL FROM:<a@example.test>", "RCPT TO:<student@example.test>", "DATA")
    shell.content_line("Subject: x")
    shell.end_content()
    shell.wait()
    rows = re.findall(r"^ {0,3}([0-9 ]) +-?[0-9.]+ (.{20}) ([0-9 ]{4})", shell.say("/timing"), re.MULTILINE)
    assert [(number.strip(), label.strip(), code.strip()) for number, label, code in rows] == [
        ("", "connect", ""),
        ("1", "greeting", "220"),
        ("2", "EHLO client.exampl..", "250"),
        ("3", "MAIL FROM:<a@examp..", "250"),
        ("4", "RCPT TO:<student@e..", "250"),
        ("5", "DATA", "354"),
        ("6", "content", "250"),
    ]


def test_timing_of_the_last_and_the_slowest(shell: Shell) -> None:
    """Of many the last are shown, or those that took longest."""
    shell.say(*["NOOP"] * 30)
    said = shell.say("/timing")
    assert said.count(" NOOP ") == 20
    assert "20 of 33 are shown; /timing 33 shows all\n" in said
    assert shell.say("/timing 33").count(" NOOP ") == 30
    slowest = shell.say("/timing 33 --slowest").splitlines()
    bars = [len(line) - len(line.rstrip("#")) for line in slowest[1:-2]]
    assert bars == sorted(bars, reverse=True)
    assert (len(bars), bars[-1] > 0) == (33, True)
    assert len({line.index("#") for line in slowest[1:-2]}) == 1


def test_timing_with_tls(shell: Shell) -> None:
    """The handshake is an exchange without a reply; a new connection begins anew."""
    shell.say("/starttls")
    assert re.search(r"4 +[0-9.]+ TLS handshake +[0-9.]+ m?s +#", shell.say("/timing"))
    shell.say("/close", "/connect")
    assert "TLS" not in shell.say("/timing")


def test_timing_as_json(shell: Shell) -> None:
    """For programs there is one object with all exchanges."""
    written: list[str] = []
    shell.outcomes = JsonLines(written.append, shell.secrets).outcome
    shell.say("NOOP", "/timing 2")
    said = json.loads(written[-1])
    assert (said["event"], said["count"]) == ("timing", 3)
    assert [(row["number"], row["command"], row["reply"]) for row in said["exchanges"]] == [
        (2, "EHLO client.example.test", "250"),
        (3, "NOOP", "250"),
    ]
    assert all(row["seconds"] == pytest.approx(row["done"] - row["sent"], abs=2e-6) for row in said["exchanges"])


def test_timing_without_connection(offline: Shell) -> None:
    """Where there never was a connection, that is said."""
    assert offline.say("/timing") == "there is no connection; /connect URL opens one\n"
