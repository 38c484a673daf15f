"""Replay: the client's side goes out again, the server's is compared, an honest difference derails nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.practice import PracticeServer
from smtpshell.protocol.command_reader import CommandHeard, CommandReader, ContentHeard
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.memory import MemoryTransport
from smtpshell.session.session import Session
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.replay import replay
from smtpshell.transcript.replay_result import Exchange, ReplayResult
from smtpshell.transcript.syntax import parse, read


class Scripted:
    """A server that gives fixed replies to verbs ("." is the content), in a row where there are several."""

    def __init__(self, **replies: str) -> None:
        usual = {"EHLO": "250 mx", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "CONTENT": "250 kept"}
        table = {**usual, "AUTH": "235 ok", "NOOP": "250 ok", "LHLO": "250 mx", "QUIT": "221 bye", **replies}
        self.replies = {verb: texts.split(" / ") for verb, texts in table.items()}
        self.reader = CommandReader()
        self.heard: list[str] = []
        self.transport = MemoryTransport(self.answer, opening=self.reply("CONNECT", "220 mx"))

    def session(self) -> Session:
        """Connect to it."""
        return Session(self.transport)

    def reply(self, verb: str, default: str = "500 what?") -> bytes:
        """Give the next reply to a verb; "" says nothing."""
        texts = self.replies.get(verb, [default])
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        if text.startswith("354"):
            self.reader.expect_content()
        if text.startswith("334"):
            self.reader.expect_auth_response()
        return "".join(f"{line}\r\n" for line in text.split("|") if line).encode()

    def answer(self, octets: bytes) -> bytes | None:
        """Answer what a client sends; None hangs up."""
        self.reader.receive_data(octets)
        said = b""
        while (heard := self.reader.next_heard()) is not None:
            if isinstance(heard, CommandHeard):
                self.heard.append(heard.octets.decode().rstrip())
                said += self.reply(heard.command.move)
                if said.endswith(b"HANG UP\r\n"):
                    return None
            elif isinstance(heard, ContentHeard):
                self.heard.append(heard.wire.decode())
                said += self.reply("CONTENT") if heard.ended else b""
        return said


MAIL = """\
S: 220 mx.example.test
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 PIPELINING
C: MAIL FROM:<a@example.test>
C: RCPT TO:<b@example.test>
C: RCPT TO:<c@example.test>
C: DATA
S: 250 ok
S: 250 ok
S: 250 ok
S: 354 go
C: Subject: hi
C: .
S: 250 kept
C: QUIT
S: 221 bye
"""


def replayed(text: str, server: Scripted, **options: object) -> ReplayResult:
    """Replay a transcript's body."""
    return replay(parse(f"smtp-transcript: 1\n\n{text}", "t"), server.session, **options)  # type: ignore[arg-type]


def said(result: ReplayResult) -> list[str]:
    """Give each mismatch as line: why."""
    return [f"{mismatch.line}: {mismatch.why}" for mismatch in result.mismatches]


def test_the_same_conversation_matches() -> None:
    """Every reply is compared, everything is sent in the groups recorded."""
    server = Scripted()
    seen: list[Exchange] = []
    result = replayed(MAIL, server, on_exchange=seen.append)
    assert (result.exchanges, result.matched, result.exit_status) == (8, 8, ExitStatus.EXPECTED)
    assert [exchange.command for exchange in seen][-3:] == ["DATA", "the content", "QUIT"]
    assert server.heard[-2:] == ["Subject: hi\r\n.\r\n", "QUIT"]


def test_after_a_refused_data_the_content_is_not_sent() -> None:
    """Content is never sent as commands: it is left out, said so, and the rest goes on."""
    server = Scripted(RCPT="250 ok / 550 no", DATA="503 no recipients")
    result = replayed(MAIL, server)
    assert said(result) == ["13: code differs: 250 expected, 550 came", "14: code differs: 354 expected, 503 came"]
    assert result.notes == ("t:15: 2 lines not sent: the server did not ask for content",)
    assert result.exit_status is ExitStatus.NEGATIVE
    assert server.heard[-1] == "QUIT"
    assert not any("Subject" in line for line in server.heard)


def test_a_354_where_none_was_recorded_ends_the_replay() -> None:
    """Commands are never sent as content."""
    server = Scripted()
    result = replayed(MAIL.replace("S: 354 go\nC: Subject: hi\nC: .\nS: 250 kept", "S: 503 no"), server)
    assert said(result)[1] == "15: the server waits for content, which the recording does not have"
    assert "QUIT" not in server.heard


def test_a_mismatch_says_all_there_is_to_know() -> None:
    """Place, command, both replies, the reason and the recorded line that is most like what came."""
    text = MAIL.replace("S: 250 kept", "S: 550 5.7.1 spam\n")
    result = replayed(text, Scripted(RCPT="550 5.7.1 spammer / 250 ok"))
    assert str(result.mismatches[0]) == (
        "t:12: code differs: 250 expected, 550 came\n"
        "  to RCPT TO:<b@example.test>\n"
        "  expected S: 250 ok\n"
        "  got      S: 550 5.7.1 spammer\n"
        "  nearest  t:17: S: 550 5.7.1 spam"
    )


def test_the_first_mismatch_may_stop_it() -> None:
    """With on_mismatch="stop" nothing is sent behind the first difference."""
    server = Scripted(EHLO="502 no")
    result = replayed(MAIL, server, on_mismatch="stop")
    assert result.exchanges == 2
    assert server.heard == ["EHLO client.example.test"]


LEVELS = [
    ("class", "", "251 ok", ExitStatus.EXPECTED),
    ("code", "", "251 ok", ExitStatus.NEGATIVE),
    (None, "", "250 other", ExitStatus.EXPECTED),
    (None, "match: text\n", "250 other", ExitStatus.NEGATIVE),
    ("code", "match: text\n", "250 other", ExitStatus.EXPECTED),
    ("text", "", "250 ok 77", ExitStatus.EXPECTED),
    ("exact", "", "250 ok 77", ExitStatus.NEGATIVE),
]


@pytest.mark.parametrize(("level", "header", "reply", "status"), LEVELS)
def test_the_level_decides(level: str | None, header: str, reply: str, status: ExitStatus) -> None:
    """The caller's level goes before the header's, which goes before the code alone."""
    text = f"smtp-transcript: 1\n{header}\nS: 220 mx\nC: NOOP\nS: 250 ok 12\n"
    assert replay(parse(text), Scripted(NOOP=reply).session, match=level).exit_status is status


def test_what_a_person_expects_always_holds() -> None:
    """Patterns are held at the weakest level too, and need not be recorded lines for the pairing to work."""
    text = "S~ 2.*\nC: EHLO c\nS* 250-*\nS...\nC: NOOP\nS~ 25[12] .*\nC: QUIT\nS* 2*\n"
    result = replayed(text, Scripted(EHLO="250-mx|250-DSN|250 HELP"), match="class")
    assert said(result) == ["8: the line differs: S~ 25[12] .* expected"]
    assert result.exchanges == 4


def test_values_are_filled_in() -> None:
    """`${name}` is given by the caller."""
    server = Scripted()
    result = replayed("S: 220 mx\nC: NOOP ${what} $${literal}\nS: 250 ok\n", server, values={"what": "x y"})
    assert result.exit_status is ExitStatus.EXPECTED
    assert server.heard == ["NOOP x y ${literal}"]


def b64(octets: bytes) -> str:
    """Encode for the wire."""
    return base64.b64encode(octets).decode()


PLAIN = b64(b"\0user\0pass")
STUDENT = b64(b"\0student\0first-lesson")
CHALLENGE = b64(b"<1896.697170952@mx>")
DIGEST = hmac.new(b"pass", b"<1896.697170952@mx>", hashlib.md5).hexdigest()
AUTHS = [
    ("C: AUTH PLAIN ${auth}\nS: 235 ok\n", "235 ok", [f"AUTH PLAIN {PLAIN}"]),
    ("C: AUTH PLAIN\nS: 334 \nC: ${auth}\nS: 235 ok\n", "334 ", ["AUTH PLAIN", PLAIN]),
    (
        "C: AUTH LOGIN\nS: 334 VXNlcg==\nC: ${auth}\nS: 334 UGFzcw==\nC: ${auth}\nS: 235 ok\n",
        "334 VXNlcg==",
        ["AUTH LOGIN", b64(b"user"), b64(b"pass")],
    ),
    (
        "C: AUTH LOGIN ${auth}\nS: 334 UGFzcw==\nC: ${auth}\nS: 235 ok\n",
        "334 UGFzcw==",
        [f"AUTH LOGIN {b64(b'user')}", b64(b"pass")],
    ),
    (
        "C: AUTH CRAM-MD5\nS: 334 b2xkZXI=\nC: ${auth}\nS: 235 ok\n",
        f"334 {CHALLENGE}",
        ["AUTH CRAM-MD5", b64(f"user {DIGEST}".encode())],
    ),
]


@pytest.mark.parametrize(("text", "first", "heard"), AUTHS, ids=range(len(AUTHS)))
def test_answers_are_computed_from_credentials(text: str, first: str, heard: list[str]) -> None:
    """`${auth}` is what the mechanism answers to the challenge that really came."""
    answers = "334 UGFzcw== / 235 ok" if text.count("334") == 2 else "235 ok"
    server = Scripted(AUTH=first, **{"AUTH-RESPONSE": answers})
    result = replayed("S: 220 mx\n" + text, server, credentials=Credentials(user="user", password="pass"))
    assert (result.mismatches, result.problem) == ((), None)
    assert server.heard == heard


def test_no_answer_goes_out_without_a_challenge() -> None:
    """Where AUTH is refused the recorded answer is left out, so that no secret is sent as a command."""
    server = Scripted(AUTH="504 no")
    text = "S: 220 mx\nC: AUTH PLAIN\nS: 334 \nC: ${auth}\nS: 235 ok\nC: QUIT\nS: 221 bye\n"
    result = replayed(text, server, credentials=Credentials(user="user", password="pass"))
    assert said(result) == ["5: code differs: 334 expected, 504 came"]
    assert server.heard == ["AUTH PLAIN", "QUIT"]


def test_a_server_that_quotes_the_password_is_not_quoted() -> None:
    """What came is shown and compared with the secret replaced, as a recorder would have it."""
    server = Scripted(AUTH="535 pass is wrong")
    text = "S: 220 mx\nC: AUTH PLAIN ${auth}\nS: 535 ${auth} is wrong\nC: NOOP\nS: 220 x\n"
    seen: list[Exchange] = []
    credentials = Credentials(user="user", password="pass")
    replayed(text, server, credentials=credentials, match="text", on_exchange=seen.append)
    assert seen[1].matched
    assert seen[1].got == "S: 535 ${auth} is wrong"


def test_credentials_stay_inside_tls() -> None:
    """What went inside TLS in the recording is not said in the clear now."""
    server = Scripted(STARTTLS="454 not now")
    text = (
        "S: 220 mx\nC: EHLO c\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n-- tls TLSv1.3 x verified=no\n"
        "C: EHLO c\nS: 250 mx\nC: AUTH PLAIN ${auth}\nS: 235 ok\n"
    )
    result = replayed(text, server, credentials=Credentials(user="user", password="pass"))
    assert said(result) == [
        "7: code differs: 220 expected, 454 came",
        "11: credentials went inside TLS in the recording, this connection is in the clear",
    ]
    assert server.heard == ["EHLO c", "STARTTLS", "EHLO c"]


UNUSABLE = [
    ("C: NOOP ${x}", {}, r"t:4: no value for \$\{x\}; give it with --set x=VALUE"),
    ("C: AUTH PLAIN ${auth}", {}, r"t:4: \$\{auth\} is computed from credentials; give user and password"),
    ("C~ NOOP.*", {}, r"t:4: C~ is an expectation, it cannot be sent"),
    ("C: NOOP", {"match": "near"}, r"no match level 'near'; one of class, code, text, exact"),
]


@pytest.mark.parametrize(("line", "options", "error"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_cannot_be_sent_is_said_first(line: str, options: dict[str, str], error: str) -> None:
    """A missing value is a usage error before anything goes out."""
    server = Scripted()
    with pytest.raises(UsageError, match=error):
        replayed(f"S: 220 mx\n{line}\nS: 250 ok\n", server, **options)
    assert server.heard == []


UNANSWERABLE = [
    ("AUTH GSSAPI", "AUTH GSSAPI is no mechanism that is known here"),
    ("AUTH XOAUTH2", "AUTH XOAUTH2 needs token"),
]


@pytest.mark.parametrize(("command", "error"), UNANSWERABLE)
def test_an_answer_that_cannot_be_computed_names_what_is_missing(command: str, error: str) -> None:
    """A mechanism unknown, or credentials that do not suffice, are one clear line with its place."""
    text = f"S: 220 mx\nC: {command} ${{auth}}\nS: 235 ok\n"
    result = replayed(text, Scripted(), credentials=Credentials(user="user", password="pass"))
    assert str(result.problem) == f"t:4: {error}; give the answer with --set auth=VALUE"
    assert result.exit_status is ExitStatus.USAGE


def test_an_empty_transcript_cannot_be_replayed() -> None:
    """A header and prose are no conversation."""
    with pytest.raises(UsageError, match="t: there is nothing to replay"):
        replayed("# nothing\n", Scripted())


def test_lmtp_replies_go_to_their_recipients() -> None:
    """With one recipient refused that was accepted, the other's reply is still compared with its own."""
    text = (
        "S: 220 mx\nC: LHLO c\nS: 250 mx\nC: MAIL FROM:<a@b>\nC: RCPT TO:<x@b>\nC: RCPT TO:<y@b>\nC: DATA\n"
        "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: .\nS: 250 x kept\nS: 452 y full\nC: QUIT\nS: 221 bye\n"
    )
    result = replayed(text, Scripted(RCPT="550 no / 250 ok", CONTENT="452 y full"))
    assert said(result) == ["11: code differs: 250 expected, 550 came"]
    assert result.matched == result.exchanges - 1


def test_the_chunk_goes_with_its_command() -> None:
    """BDAT and its octets are one write; what looks like a command inside is none."""
    server = Scripted(BDAT="250 ok", **{"BDAT LAST": "250 kept"})
    text = "S: 220 mx\nC: BDAT 6\nC: QUIT\nS: 250 ok\nC: BDAT 3 LAST\nC= a\\nb\nS: 250 kept\n"
    result = replayed(text, server)
    assert (said(result), server.heard) == ([], ["BDAT 6", "BDAT 3 LAST"])


def test_a_server_that_hangs_up_ends_it() -> None:
    """The end of the connection is a result: what was expected, and that it closed instead."""
    result = replayed(MAIL, Scripted(EHLO="421 HANG UP"))
    assert said(result) == ["5: the server closed the connection instead"]
    assert result.exit_status is ExitStatus.NEGATIVE


def test_a_silent_server_is_a_timeout() -> None:
    """No reply in time is a result with the exit status of a connection that failed."""
    result = replayed(MAIL, Scripted(EHLO=""))
    assert said(result) == ["5: waiting for memory: nothing came in time"]
    assert result.exit_status is ExitStatus.CONNECTION


def test_garbage_is_compared_too() -> None:
    """A greeting that is no reply is a mismatch like another."""
    result = replayed("S: 220 mx\n", Scripted(CONNECT="SSH-2.0-OpenSSH"))
    assert said(result) == ["3: code differs: 220 expected, an unreadable line came"]


def test_a_reply_more_is_reported() -> None:
    """What came and was not recorded is not passed over."""
    result = replayed("S: 220 mx\nC: NOOP\nS: 250 ok\n", Scripted(NOOP="250 ok|250 and more"))
    assert [(mismatch.why, mismatch.got) for mismatch in result.mismatches] == [
        ("a reply more came than was recorded", "S: 250 and more")
    ]


def test_content_may_lie_in_a_file_beside(tmp_path: Path) -> None:
    """A content event stands for the file's octets, which must be those recorded."""
    octets = b"Subject: big\r\n\r\n..dot\r\n"
    (tmp_path / "big.eml").write_bytes(octets)
    digest = hashlib.sha256(octets).hexdigest()
    event = f"-- content octets={len(octets)} sha256={digest} file=big.eml"
    text = MAIL.replace("C: Subject: hi", event)
    server = Scripted()
    transcript = parse(f"smtp-transcript: 1\n\n{text}", str(tmp_path / "t.smtp"))
    assert replay(transcript, server.session).exit_status is ExitStatus.EXPECTED
    assert server.heard[-2] == octets.decode() + ".\r\n"
    (tmp_path / "big.eml").write_bytes(octets[1:])
    assert "does not hold the content recorded" in str(replay(transcript, Scripted().session).problem)


def test_content_that_was_not_kept_cannot_be_sent(tmp_path: Path) -> None:
    """Only its size, or a file that is gone: one line says which, with its place."""
    for event, error in [("octets=12", "only the size"), ("octets=12 file=gone", "gone: No such file")]:
        text = "smtp-transcript: 1\n\n" + MAIL.replace("C: Subject: hi", f"-- content {event}")
        result = replay(parse(text, str(tmp_path / "t.smtp")), Scripted().session)
        assert f"t.smtp:15: {error}" in str(result.problem).replace(f"{tmp_path}/gone", "gone")
        assert result.exit_status is ExitStatus.USAGE


def test_two_connections_are_two_sessions() -> None:
    """Where the recording connects again, so does the replay."""
    servers = [Scripted(), Scripted(EHLO="502 no")]
    heard = [server.heard for server in servers]
    one = "S: 220 mx\nC: EHLO c\nS: 250 mx\n"
    text = f"smtp-transcript: 1\n\n-- connected to a:25\n{one}-- pause 0\n-- connected to b:25\n{one}"
    result = replay(parse(text, "t"), lambda: servers.pop(0).session())
    assert said(result) == ["11: code differs: 250 expected, 502 came"]
    assert heard == [["EHLO c"], ["EHLO c"]]


def test_a_server_that_stays_is_reported() -> None:
    """Where it closed in the recording and does not now, that is a difference."""
    result = replayed("S: 220 mx\nC: QUIT\nS: 221 bye\n-- closed by server\n", Scripted())
    assert said(result) == ["6: the server closed here in the recording; now it keeps the connection open"]


def test_an_unsolicited_reply_is_waited_for() -> None:
    """A reply that answers nothing is paired with one that answers nothing."""
    server = Scripted(CONNECT="220 mx|421 too slow")
    assert said(replayed("S: 220 mx\nS: 421 timeout\n", server)) == []
    server = Scripted(CONNECT="554 no|421 too slow")
    assert said(replayed("S: 220 mx\nS: 421 timeout\n", server)) == ["3: code differs: 220 expected, 554 came"]


def test_an_unexpected_challenge_ends_the_replay() -> None:
    """Commands are never sent as answers."""
    server = Scripted(AUTH="334 ")
    result = replayed("S: 220 mx\nC: AUTH PLAIN\nS: 504 no\nC: QUIT\nS: 221 bye\n", server)
    reason = "the server waits for the answer to a challenge, which the recording does not have"
    assert said(result)[1:] == [f"6: {reason}"]
    assert server.heard == ["AUTH PLAIN"]


def test_an_unexpected_readiness_for_tls_ends_the_replay() -> None:
    """Nothing is sent where only a handshake may follow."""
    server = Scripted(STARTTLS="220 go")
    result = replayed("S: 220 mx\nC: EHLO c\nS: 250 mx\nC: STARTTLS\nS: 454 no\nC: QUIT\nS: 221 bye\n", server)
    assert said(result)[1:] == ["8: the server is ready for TLS, which the recording does not have"]
    assert server.heard == ["EHLO c", "STARTTLS"]


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeServer]:
    """Run one practice server for the tests below."""
    with PracticeServer() as server:
        yield server


def test_a_recording_replays(practice: PracticeServer, tmp_path: Path) -> None:
    """What was recorded of a session, TLS and login and all, replays against the same server."""
    file = tmp_path / "a.smtp"
    with Recorder(file) as recorder, Session.connect(practice.url, observers=[recorder]) as session:
        session.wait_for_replies()
        session.ehlo("client.example.test")
        session.starttls()
        session.ehlo("client.example.test")
        session.send_octets(f"AUTH PLAIN {STUDENT}\r\n".encode())
        session.wait_for_replies()
        session.send_octets(b"MAIL FROM:<student@example.test>\r\nRCPT TO:<class@example.test>\r\nDATA\r\n")
        session.wait_for_replies()
        session.send_content(b".hidden dot\r\n.\r\nlast")
        session.end_content()
        session.wait_for_replies()
        session.quit()
    transcript = read(file)
    assert "first-lesson" not in file.read_text()
    before = len(practice.mailboxes.mailbox("teacher").messages)
    credentials = Credentials(user="student", password="first-lesson")
    result = replay(transcript, lambda: Session.connect(practice.url), match="text", credentials=credentials)
    assert said(result) == []
    assert result.exit_status is ExitStatus.EXPECTED
    messages = practice.mailboxes.mailbox("teacher").messages
    assert len(messages) == before + 1
    assert messages[-1].content == b".hidden dot\r\n.\r\nlast\r\n"


def test_an_unreachable_server_is_a_result() -> None:
    """A port that refuses gives the exit status of connections, and no exchange."""
    with PracticeServer() as server:
        url = server.url
    result = replay(parse("smtp-transcript: 1\n\nS: 220 mx\n"), lambda: Session.connect(url))
    assert result.exit_status is ExitStatus.CONNECTION
    assert result.exchanges == 0


@pytest.mark.parametrize(
    ("required", "hello", "lacking"),
    [
        ("STARTTLS, DSN", "250-mx|250-SIZE|250 dsn", ("STARTTLS",)),
        ("dsn size", "250-mx|250-SIZE|250 DSN", ()),
        ("", "250 mx", ()),
        ("DSN", "550 no", ()),
    ],
)
def test_what_it_requires_may_not_be_offered(required: str, hello: str, lacking: tuple[str, ...]) -> None:
    """A keyword of the header that no hello was answered with is told: the server is not the right one."""
    text = f"smtp-transcript: 1\nrequires: {required}\n\nS: 220 mx\nC: EHLO me\nS...\n"
    result = replay(parse(text, "t"), Scripted(EHLO=hello).session)
    assert result.lacking == lacking
    told = [f"t: it requires what the server does not offer: {', '.join(lacking)}"] if lacking else []
    assert list(result.notes) == told
