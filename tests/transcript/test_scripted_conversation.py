"""The server's side of a transcript, spoken to a client that is only octets."""

from __future__ import annotations

import pytest

from smtpshell.errors import UsageError
from smtpshell.transcript.script import Beat, Close, Handshake, Pause, Reset, Say, scripts
from smtpshell.transcript.scripted_conversation import ScriptedConversation, table
from smtpshell.transcript.syntax import parse

MAIL = """\
S: 220 mx.example.test
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 PIPELINING
C: MAIL FROM:<a@example.test> SIZE=10
C: RCPT TO:<b@example.test>
C: RCPT TO:<c@example.test>
C: DATA
S: 250 2.1.0 Ok
S: 550 5.1.1 No b
S: 250 2.1.5 Ok
S: 354 go
C: Subject: hi
C: ..
C: .
S: 250 2.0.0 kept
C: QUIT
S: 221 2.0.0 Bye
-- closed by server
"""


class Client:
    """Says lines to a scripted conversation and keeps what was done."""

    def __init__(self, text: str, *, exact: bool = False) -> None:
        (script,) = scripts(parse(f"smtp-transcript: 1\n\n{text}", "t"))
        self.talk = ScriptedConversation(script, exact=exact)
        self.opening = self.talk.begin()

    def __call__(self, *lines: str) -> str:
        """Say lines in one write; give what is said and done, on one line."""
        return shown(self.talk.receive_data("".join(f"{line}\r\n" for line in lines).encode()))

    @property
    def noted(self) -> list[str]:
        """The deviations, in one line each."""
        return [f"{one.line} {one.why}: {one.expected} | {one.got}" for one in self.talk.deviations]


def shown(beats: list[Beat]) -> str:
    """Write beats for reading: lines joined with a slash, what is done in angle brackets."""
    said = ""
    for beat in beats:
        if isinstance(beat, Say):
            said += beat.octets.decode().replace("\r\n", "/") + ("<cut>" if beat.cut else "")
        else:
            said += f"<{beat.seconds if isinstance(beat, Pause) else type(beat).__name__.lower()}>"
    return said


def test_a_client_that_waits_is_served_a_pipelined_recording() -> None:
    """Each command gets its own reply at once, though the recording has them in one group."""
    client = Client(MAIL)
    assert shown(client.opening) == "220 mx.example.test/"
    assert client("EHLO other.example.test") == "250-mx.example.test/250 PIPELINING/"
    assert client("mail from:<a@EXAMPLE.test> size=99") == "250 2.1.0 Ok/"
    assert client("RCPT TO:<b@example.test>") == "550 5.1.1 No b/"
    assert client("RCPT TO:<c@example.test>") == "250 2.1.5 Ok/"
    assert client("DATA") == "354 go/"
    assert client("Subject: another", "QUIT") == ""
    assert client(".") == "250 2.0.0 kept/"
    assert client("QUIT") == "221 2.0.0 Bye/<close>"
    assert client.noted == []
    assert (client.talk.finished, client.talk.heard) == (True, 7)


def test_a_client_that_pipelines_gets_the_same() -> None:
    """All replies of a group go out in one write."""
    client = Client(MAIL)
    client("EHLO me")
    group = ("MAIL FROM:<a@example.test> SIZE=10", "RCPT TO:<b@example.test>", "RCPT TO:<c@example.test>", "DATA")
    beats = client.talk.receive_data("".join(f"{line}\r\n" for line in group).encode())
    assert beats == [Say(b"250 2.1.0 Ok\r\n550 5.1.1 No b\r\n250 2.1.5 Ok\r\n354 go\r\n")]
    assert client.noted == []


def test_octets_may_come_one_by_one() -> None:
    """Where the client's octets are cut makes no difference."""
    client = Client(MAIL)
    lines = [
        *("EHLO me", "MAIL FROM:<a@example.test> SIZE=1", "RCPT TO:<b@example.test>", "RCPT TO:<c@example.test>"),
        *("DATA", "..", ".", "QUIT"),
    ]
    octets = "".join(f"{line}\r\n" for line in lines).encode()
    beats = [beat for octet in octets for beat in client.talk.receive_data(bytes([octet]))]
    assert shown(beats).endswith("354 go/250 2.0.0 kept/221 2.0.0 Bye/<close>")
    assert client.noted == []


DEVIATIONS = {
    "another address": (
        ["EHLO me", "MAIL FROM:<z@example.test> SIZE=10"],
        "250 2.1.0 Ok/",
        ["7 the arguments differ: C: MAIL FROM:<a@example.test> SIZE=10 | C: MAIL FROM:<z@example.test> SIZE=10"],
    ),
    "a parameter less": (
        ["EHLO me", "MAIL FROM:<a@example.test>"],
        "250 2.1.0 Ok/",
        ["7 the arguments differ: C: MAIL FROM:<a@example.test> SIZE=10 | C: MAIL FROM:<a@example.test>"],
    ),
    "something left out": (
        ["EHLO me", "MAIL FROM:<a@example.test> SIZE=1", "RCPT TO:<c@example.test>"],
        "250 2.1.5 Ok/",
        ["8 1 left out by the client: C: RCPT TO:<b@example.test> | C: RCPT TO:<c@example.test>"],
    ),
    "another order": (
        ["EHLO me", "MAIL FROM:<a@example.test> SIZE=1", "RCPT TO:<c@example.test>", "RCPT TO:<b@example.test>"],
        "550 5.1.1 No b/",
        [
            "8 1 left out by the client: C: RCPT TO:<b@example.test> | C: RCPT TO:<c@example.test>",
            "10 said later than recorded: C: DATA | C: RCPT TO:<b@example.test>",
        ],
    ),
    "too early": (
        ["EHLO me", "DATA"],
        "503 5.5.1 The transcript does not have this here/",
        ["7 the transcript does not have this here: C: MAIL FROM:<a@example.test> SIZE=10 | C: DATA"],
    ),
    "something harmless": (
        ["EHLO me", "NOOP"],
        "250 2.0.0 Ok/",
        ["7 the transcript does not have this here: C: MAIL FROM:<a@example.test> SIZE=10 | C: NOOP"],
    ),
    "gives up": (
        ["EHLO me", "QUIT"],
        "221 2.0.0 Bye/<close>",
        ["7 5 left out by the client: C: MAIL FROM:<a@example.test> SIZE=10 | C: QUIT"],
    ),
    "nonsense": (
        ["EHLO me", "X\x1b[2J"],
        "503 5.5.1 The transcript does not have this here/",
        [
            r"7 the transcript does not have this here: C: MAIL FROM:<a@example.test> SIZE=10 | C= X\x1b[2J\r\n",
        ],
    ),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_is_noted_and_answered(name: str) -> None:
    """What the client says otherwise is noted with its line, and the answer is as sensible as can be."""
    lines, answer, noted = DEVIATIONS[name]
    client = Client(MAIL)
    assert [client(line) for line in lines][-1] == answer
    assert client.noted == noted


def test_leaving_early_is_a_deviation() -> None:
    """A client that closes before its part is over is told with what it did not say."""
    client = Client(MAIL)
    client("EHLO me")
    client.talk.ended()
    assert client.noted == ["7 the client left early: C: MAIL FROM:<a@example.test> SIZE=10 | (the client closed)"]
    client = Client("S: 220 mx\nC: QUIT\nS: 221 bye\n")
    client("QUIT")
    client.talk.ended()
    assert client.noted == []


def test_exact_holds_to_every_octet() -> None:
    """With exact, hello, case, size and content count."""
    client = Client(MAIL, exact=True)
    client("EHLO client.example.test")
    client("MAIL FROM:<a@example.test> SIZE=10", "RCPT TO:<b@example.test>", "RCPT TO:<c@example.test>", "DATA")
    assert client("Subject: hi", "..", ".") == "250 2.0.0 kept/"
    assert client.noted == []
    assert client("quit") == "221 2.0.0 Bye/<close>"
    assert client.noted == ["19 the arguments differ: C: QUIT | C: quit"]
    client = Client("S: 220 mx\nC: DATA\nS: 354 go\nC: a\nC: .\nS: 250 ok\n", exact=True)
    client("DATA", "b", ".")
    assert client.noted == ["6 the content differs: (the content) | (the content)"]


FAULTS = {
    "closed": ("C: NOOP\nS: 250 ok\n-- closed by server\n", "250 ok/<close>"),
    "closed without a word": ("C: NOOP\n-- closed by server\n", "<close>"),
    "reset": ("C: NOOP\n-- reset by server\n", "<reset>"),
    "reset inside a reply": ("C: NOOP\nS= 250-o\n-- reset by server\n", "250-o<reset>"),
    "pause": ("C: NOOP\n-- pause 0.5\nS: 250 ok\n", "<0.5>250 ok/"),
    "pause inside a reply": ("C: NOOP\nS: 250-a\n-- pause 2\nS: 250 b\n", "250-a/<2.0>250 b/"),
    "the client's pause": ("-- pause 3\nC: NOOP\nS: 250 ok\n", "250 ok/"),
    "cut": ("C: NOOP\nS: 250-a\n-- cut\nS: 250-b\nS: 250 c\n", "250-a/250-b/<cut>250 c/"),
    "silence": ("C: NOOP\n-- timed out after 30 s\n", ""),
    "221 closes": ("C: QUIT\nS: 221 bye\n", "221 bye/<close>"),
    "421 closes": ("C: NOOP\nS: 421 later\n", "421 later/<close>"),
    "unasked": ("C: NOOP\nS: 250 ok\nS: 421 later\n", "250 ok/421 later/<close>"),
    "octets as they are": ("C: NOOP\nS= 25\\x000\\n\n", "25\x000\n"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_appear_as_recorded(name: str) -> None:
    """What a server did wrong, or slowly, or not at all, it does again."""
    body, done = FAULTS[name]
    client = Client(f"S: 220 mx\n{body}")
    assert client(body.split("C: ")[1].split("\n")[0]) == done
    assert client.noted == []


def test_nothing_is_done_behind_a_close() -> None:
    """What the client pipelined behind the end is neither answered nor a deviation."""
    client = Client("S: 220 mx\nC: NOOP\nS: 250 ok\n-- closed by server\n")
    assert client("NOOP", "MAIL FROM:<>") == "250 ok/<close>"
    assert client.noted == []


TLS = """\
S: 220 mx
C: EHLO me
S: 250-mx
S: 250 STARTTLS
C: STARTTLS
S: 220 go
-- tls TLSv1.3
C: EHLO me
S: 250 AUTH PLAIN LOGIN
C: AUTH PLAIN ${auth}
S: 235 ok
"""


@pytest.mark.parametrize("text", [TLS, TLS.replace("-- tls TLSv1.3\n", "")], ids=["said", "not said"])
def test_tls_begins_where_it_did(text: str) -> None:
    """The handshake comes behind the 220; octets that came ahead of it are forgotten."""
    client = Client(text)
    client("EHLO me")
    beats = client.talk.receive_data(b"STARTTLS\r\nEHLO attacker\r\n")
    assert beats == [Say(b"220 go\r\n"), Handshake()]
    client.talk.tls_started()
    assert client("EHLO me") == "250 AUTH PLAIN LOGIN/"
    assert client("AUTH PLAIN AGEAYg==") == "235 ok/"
    assert client.noted == []


def test_tls_before_the_greeting_is_implicit() -> None:
    """A transcript whose TLS comes first says so, and does no handshake of its own."""
    (script,) = scripts(parse("smtp-transcript: 1\n\n-- tls TLSv1.3\nS: 220 mx\n"))
    assert (script.implicit_tls, script.starttls) == (True, False)


SECRET, ENCODED = "planted-secret", "AGEAcGxhbnRlZC1zZWNyZXQ="


@pytest.mark.parametrize(
    "said",
    [
        [f"AUTH PLAIN {ENCODED}"],
        ["AUTH LOGIN", "cGxhbnRlZC1zZWNyZXQ="],
        ["AUTH LOGIN", "cGxhbnRlZC1zZWNyZXQ=", "cGxhbnRlZC1zZWNyZXQ="],
        [f"AUTH PLAIN {ENCODED}", f"VRFY {SECRET}", f"NOOP {ENCODED}"],
    ],
)
@pytest.mark.parametrize("reply", ["S: 535 no\n", "S: 334 \nC: ${auth}\nS: 235 ok\n", ""])
def test_no_secret_is_in_a_deviation(said: list[str], reply: str) -> None:
    """What a client says in AUTH, expected or not, is never shown."""
    begun = f"C: AUTH CRAM-MD5\n{reply}" if reply else ""
    client = Client(f"S: 220 mx\n{begun}C: QUIT\nS: 221 bye\n")
    for line in said:
        client(line)
    client.talk.ended()
    noted = "\n".join(client.noted)
    assert noted
    assert not any(secret in noted for secret in (SECRET, ENCODED, "cGxhbnRlZC1zZWNyZXQ="))


def test_login_in_steps() -> None:
    """The answer to a 334 is heard as one, whatever it looks like."""
    client = Client(
        "S: 220 mx\nC: AUTH LOGIN\nS: 334 VXNlcg==\nC: ${auth}\nS: 334 UGFzcw==\nC: ${auth}\nS: 535 no\n"
    )
    assert [client(line) for line in ("AUTH login", "QUIT", "eA==")] == [
        "334 VXNlcg==/",
        "334 UGFzcw==/",
        "535 no/",
    ]
    assert client.noted == []


def test_chunks() -> None:
    """A BDAT is answered when its octets are in; their number is the client's affair unless exact."""
    text = "S: 220 mx\nC: BDAT 4\nC= ab\\r\\n\nS: 250 ok\nC: BDAT 0 LAST\nS: 250 kept\n"
    client = Client(text)
    assert client.talk.receive_data(b"BDAT 6\r\nabcd") == []
    assert shown(client.talk.receive_data(b"\r\nBDAT 0 LAST\r\n")) == "250 ok/250 kept/"
    assert client.noted == []
    exact = Client(text, exact=True)
    exact.talk.receive_data(b"BDAT 4\r\nab\r\nBDAT 0 last\r\n")
    assert exact.noted == ["7 the arguments differ: C: BDAT 0 LAST | C: BDAT 0 last"]


def test_lmtp_answers_each_recipient() -> None:
    """All replies behind the content are given at its end."""
    client = Client(
        "S: 220 mx\nC: LHLO me\nS: 250 mx\nC: MAIL FROM:<>\nC: RCPT TO:<a@x>\nC: RCPT TO:<b@x>\nC: DATA\n"
        "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: .\nS: 250 a\nS: 452 b\n"
    )
    assert client("LHLO me", "MAIL FROM:<>", "RCPT TO:<a@x>", "RCPT TO:<b@x>", "DATA").endswith("354 go/")
    assert client("text", ".") == "250 a/452 b/"
    assert client.noted == []


def test_lmtp_answers_each_recipient_of_chunks() -> None:
    """The last chunk has a reply for each recipient too, also where QUIT went out with it."""
    client = Client(
        "S: 220 mx\nC: LHLO me\nS: 250 mx\nC: MAIL FROM:<>\nC: RCPT TO:<a@x>\nC: RCPT TO:<b@x>\n"
        "S: 250 ok\nS: 250 ok\nS: 250 ok\nC: BDAT 0 LAST\nC: QUIT\nS: 250 a\nS: 452 b\nS: 221 bye\n"
    )
    client("LHLO me", "MAIL FROM:<>", "RCPT TO:<a@x>", "RCPT TO:<b@x>")
    assert client("BDAT 3 LAST", "a") == "250 a/452 b/"
    assert client("QUIT") == "221 bye/<close>"
    assert client.noted == []


def test_content_sent_ahead_of_the_354() -> None:
    """Lines that were sent before the 354 came are content, in the recording and from the client."""
    client = Client(
        "S: 220 mx\nC: EHLO me\nS: 250 mx\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@x>\nS: 250 ok\n"
        "C: DATA\nC: Subject: hi\nC: .\nC: QUIT\nS: 354 go\nS: 250 kept\nS: 221 bye\n"
    )
    said = client("EHLO me", "MAIL FROM:<>", "RCPT TO:<a@x>", "DATA", "Subject: hi", ".", "QUIT")
    assert said.endswith("354 go/250 kept/221 bye/<close>")
    assert client.noted == []


UNFINISHED = {
    "content": ("C: DATA\nS: 354 go\nC: 12\nC: 34\n", ["DATA", "ab", "cdef"], "354 go/"),
    "a short content": ("C: DATA\nS: 354 go\nC: 12\nC: 34\n", ["DATA", "."], "354 go/"),
    "a chunk": ("C: BDAT 9\nC: 12\n", ["BDAT 10000", "ab"], ""),
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_server_that_leaves_within_content(name: str) -> None:
    """It leaves when as much of it has come as had come then."""
    body, lines, before = UNFINISHED[name]
    client = Client(f"S: 220 mx\n{body}-- closed by server\n")
    assert [client(line) for line in lines[:2]] == [before, "<close>" if len(lines) == 2 else ""]
    assert [client(line) for line in lines[2:]] == ["<close>"] * (len(lines) - 2)
    assert client.noted == []


def test_quit_behind_the_end_is_no_deviation() -> None:
    """A recording that just ends does not forbid QUIT; anything else is noted."""
    text = "S: 220 mx\nC: NOOP\nS: 250 ok\n"
    client = Client(text)
    assert client("NOOP", "QUIT") == "250 ok/221 2.0.0 Bye/<close>"
    assert client.noted == []
    client = Client(text)
    client("NOOP", "RSET")
    assert client.noted == ["4 the transcript does not have this here: (nothing more) | C: RSET"]


def test_a_content_that_is_a_value() -> None:
    """A content that the source had lost may be anything, at both levels."""
    for exact in (False, True):
        client = Client("S: 220 mx\nC: DATA\nS: 354 go\nC: ${content}\nC: .\nS: 250 ok\n", exact=exact)
        assert client("DATA", "a", "b", ".") == "354 go/250 ok/"
        assert client.noted == []


def test_what_people_expect_of_a_client() -> None:
    """C~ and C* lines hold at both levels, in content too; values stand for anything."""
    text = (
        "S: 220 mx\nC~ (EHLO|HELO) [a-z.]+\nS: 250 mx\nC: MAIL FROM:<${sender}>\nS: 250 ok\n"
        "C: RCPT TO:<b@x>\nS: 250 ok\nC: DATA\nS: 354 go\nC* Subject: *\nC: any\nC: .\nS: 250 ok\n"
    )
    client = Client(text)
    said = ["HELO me", "MAIL FROM:<anybody@x>", "RCPT TO:<b@x>", "DATA", "To: x", "Subject: y", "."]
    assert [client(line) for line in said][-1] == "250 ok/"
    assert client.noted == []
    client = Client(text)
    for line in ["HELO 7", *said[1:5], "."]:
        client(line)
    assert client.noted == [
        r"4 the transcript does not have this here: C~ (EHLO|HELO) [a-z.]+ | C: HELO 7",
        "4 1 left out by the client: C~ (EHLO|HELO) [a-z.]+ | C: MAIL FROM:<anybody@x>",
        "12 the content differs: (the content) | (the content)",
    ]


def test_a_line_without_end_ends_the_conversation() -> None:
    """No client fills the memory."""
    client = Client(MAIL)
    beats = client.talk.receive_data(b"x" * (1 << 21))
    assert shown(beats) == "500 5.5.2 Line too long/<close>"
    assert client.noted[0].startswith("4 a line without end: C: EHLO client.example.test | no line end within")


REFUSED = {
    "S~": ("S~ 2..", "t:3: S~ is an expectation, it cannot be said; write an S: line"),
    "S*": ("S: 220 mx\nC: NOOP\nS* 250 *", "t:5: S* is an expectation, it cannot be said; write an S: line"),
    "S...": ("S: 220-mx\nS...", "t:4: S... is an expectation, it cannot be said; write an S: line"),
    "nothing": ("C: NOOP", "t: there is nothing to serve; a server says S: lines"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_served_is_refused(name: str) -> None:
    """Before anything is served it is said which line cannot be."""
    text, message = REFUSED[name]
    with pytest.raises(UsageError) as refused:
        scripts(parse(f"smtp-transcript: 1\n\n{text}\n", "t"))
    assert str(refused.value) == message


def test_several_connections_are_several_scripts() -> None:
    """Each connection of a transcript is a script of its own."""
    text = "".join(f"-- connected to a:1\nS: 220 mx\nC: QUIT\nS: {reply}\n" for reply in ("421 later", "221 bye"))
    found = scripts(parse(f"smtp-transcript: 1\n\n{text}", "t"))
    talks = [ScriptedConversation(script) for script in found]
    assert [shown(talk.begin() + talk.receive_data(b"QUIT\r\n")) for talk in talks] == [
        "220 mx/421 later/<close>",
        "220 mx/221 bye/<close>",
    ]


def test_the_table_has_two_columns() -> None:
    """Deviations are read side by side."""
    client = Client("S: 220 mx\nC: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye\n")
    client("NOOP x", "RSET")
    assert table(client.talk.deviations) == (
        "     expected  got\nt:4  C: NOOP   C: NOOP x\nt:6  C: QUIT   C: RSET"
    )
    assert str(client.talk.deviations[0]) == "t:4: the arguments differ\n  expected C: NOOP\n  got      C: NOOP x"


def test_the_reset_of_a_client_ends_the_script() -> None:
    """What follows a client's end in one connection is not served."""
    client = Client("S: 220 mx\nC: NOOP\nS: 250 ok\n-- reset by client\n")
    assert client("NOOP") == "250 ok/"
    assert isinstance(client.opening[0], Say)
    assert not any(isinstance(beat, Close | Reset) for beat in client.opening)
