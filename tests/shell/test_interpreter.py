"""Whole conversations through the interpreter, against the practice server and against hostile ones."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.configuration.settings import SETTINGS, Settings
from smtpshell.shell.declaration.command import COMMANDS
from smtpshell.shell.display.render import to_text
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

ENVELOPE = ("MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>")


def delivered(shell: Shell, name: str = "teacher") -> list[bytes]:
    """Give the contents a mailbox of the practice server holds."""
    assert shell.practice is not None
    return [message.content for message in shell.practice.mailboxes.mailbox(name).messages]


# ---------------------------------------------------------------- typed lines


def test_lines_go_out_as_typed(shell: Shell) -> None:
    """Case, spacing and mistakes are sent as they are; two slashes stand for one."""
    assert "250 " in shell.say("nOoP  x")
    assert "500 " in shell.say("//x")
    shell.settings.echo = True
    assert "C: /x\n" in shell.say("//x")
    assert "C: MAIL FROM: <a@b\n" in shell.say("MAIL FROM: <a@b")


def test_a_whole_message(shell: Shell) -> None:
    """Typed content is stuffed and arrives as typed; the lone dot of a paste is content, the typed one ends."""
    shell.say(*ENVELOPE, "DATA")
    assert (shell.mode, shell.prompt) == ("content", "data> ")
    shell.content_line("Subject: dots")
    shell.content_line("")
    shell.content_line(".hidden")
    shell.content_paste(b".\r\n..\r\nbare\nlf\r\n" + "привет".encode() + b"\r\n")
    shell.end_content()
    shell.wait()
    assert delivered(shell) == [
        b"Subject: dots\r\n\r\n.hidden\r\n.\r\n..\r\nbare\r\nlf\r\n" + "привет".encode() + b"\r\n"
    ]
    assert ("dot.added", ".") in shell.printed
    assert "3 dots added, 1 bare line end made CRLF" in shell.text
    assert shell.mode == "command"


def test_dropped_message_is_not_delivered(shell: Shell) -> None:
    """Dropping the connection in the middle of a message delivers nothing."""
    shell.say(*ENVELOPE, "DATA")
    shell.content_line("half")
    shell.abort_content()
    assert not shell.connected
    assert delivered(shell) == []
    assert "the connection is closed; /connect" in shell.say("NOOP")


def test_chunks(shell: Shell) -> None:
    """BDAT takes exactly its octets, in any pieces, and gives back what is too much."""
    shell.say(*ENVELOPE)
    shell.execute("BDAT 10 LAST")
    assert (shell.mode, shell.prompt) == ("chunk", "chunk 10> ")
    assert shell.chunk_octets(b".a\r\n") == b""
    assert shell.prompt == "chunk 6> "
    assert shell.chunk_octets(b"b\r\nc\r\nNOOP\r\n") == b"NOOP\r\n"
    shell.wait()
    assert delivered(shell) == [b".a\r\nb\r\nc\r\n"]
    assert "6 octets were not sent" in shell.text


def test_pipelined_group(shell: Shell) -> None:
    """Several lines go out in one write, and each reply is paired with its own."""
    shell.pipeline([*ENVELOPE, "RCPT TO:<nobody@example.test>"])
    shell.wait()
    assert [line[:3] for line in shell.text.splitlines() if line[:3].isdigit()] == ["250", "250", "550"]


def test_raw_octets(shell: Shell) -> None:
    """/raw adds nothing: a command may be cut in two, its reply comes when it is whole."""
    assert shell.say(r'/raw "NO"') == ""
    assert shell.say(r'/raw "OP\r\n"').startswith("250 ")


def test_data_from_a_file(shell: Shell, tmp_path: Path) -> None:
    """/data sends a file, says what it repaired, and --exact repairs nothing."""
    file = tmp_path / "m.eml"
    file.write_bytes(b"a\n.b\r\nc\n")
    said = shell.say(*ENVELOPE, f"/data {file}")
    assert "8 octets of content, 1 dot added, 2 bare line ends made CRLF" in said
    assert delivered(shell) == [b"a\r\n.b\r\nc\r\n"]
    said = shell.say(*ENVELOPE, f"/data {file} --exact")
    assert "made CRLF" not in said
    assert "content-bare-line-end" in said


def test_data_refused(shell: Shell, tmp_path: Path) -> None:
    """Where DATA is refused the file is not sent."""
    file = tmp_path / "m.eml"
    file.write_text("QUIT\r\n")
    assert "503 " in shell.say(f"/data {file}")
    assert shell.connected


# ---------------------------------------------------------------- logging in, TLS


@pytest.mark.parametrize(
    ("mechanism", "asked"),
    [("PLAIN", ["user", "password"]), ("LOGIN", ["user", "password"]), ("CRAM-MD5", ["user", "password"])],
)
def test_auth_by_hand(shell: Shell, mechanism: str, asked: list[str]) -> None:
    """The answers are typed as plain text, the password hidden; nothing of it is shown."""
    shell.settings.echo = True
    shell.say(f"AUTH {mechanism}")
    for question, text in zip(asked, ["student", "first-lesson"], strict=True):
        assert (shell.prompt, shell.hidden) == (f"auth ({question})> ", question == "password")
        shell.say(text)
    assert "235 " in shell.text
    assert "first-lesson" not in shell.text
    assert shell.secrets.redact_text("first-lesson") == "${auth}"


def test_auth_cancelled(shell: Shell) -> None:
    """A star gives up."""
    shell.say("AUTH LOGIN")
    assert shell.say("*").startswith("501 ")
    assert shell.mode == "command"


def test_auth_raw(shell: Shell) -> None:
    """With auth raw the answer is base64, typed by the user, and hidden."""
    shell.say("/set auth raw", "AUTH PLAIN")
    assert (shell.prompt, shell.hidden) == ("auth (base64)> ", True)
    assert "235 " in shell.say("AHN0dWRlbnQAZmlyc3QtbGVzc29u")


def test_auth_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """/auth picks the strongest, takes credentials from the environment, and answers challenges itself."""
    monkeypatch.setenv("SMTPSHELL_USER", "student")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    shell.settings.echo = True
    said = shell.say("/auth")
    assert "C: AUTH CRAM-MD5\n" in said
    assert "235 " in said


def test_auth_refuses_the_clear(shell: Shell) -> None:
    """A plaintext mechanism without TLS is refused with the reason, before anything is asked."""
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "first-lesson"

    shell.ask_secret = ask
    said = shell.say("/auth PLAIN student")
    assert "would send the secret in the clear: there is no TLS; /starttls first" in said
    assert asked == []
    assert "235 " in shell.say("/auth PLAIN student --insecure")
    assert asked == ["password: "]
    assert "first-lesson" not in shell.text


def test_auth_password_command(shell: Shell) -> None:
    """--password-command gives the password by its first line; one that fails is reported."""
    assert "235 " in shell.say('/auth CRAM-MD5 student --password-command "echo first-lesson"')
    shell.say("/close", "/connect", "EHLO x")
    assert "the password command false failed: exit status 1" in shell.say(
        "/auth PLAIN student --insecure --password-command false"
    )


def test_auth_wrong_password(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is a reply and makes the exit status 1."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "wrong-one")
    assert "535 " in shell.say("/auth CRAM-MD5 student")
    assert shell.exit_status == ExitStatus.NEGATIVE


REFUSED = [
    ("/auth NTLM me", "/auth does not know NTLM; it knows "),
    ("/auth CRAM-MD5", "no user is given; name one, or set SMTPSHELL_USER"),
    ("/auth CRAM-MD5 student", "no password is given; set SMTPSHELL_PASSWORD, or use --password-command"),
    ("/auth OAUTHBEARER student --insecure", "no token is given; set SMTPSHELL_TOKEN"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED)
def test_auth_says_what_is_missing(shell: Shell, line: str, said: str) -> None:
    """Whatever /auth lacks is said in one line, and nothing is sent."""
    assert said in shell.say(line)
    assert shell.live.connection.facts.mechanism == ""


def test_auth_where_none_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no known mechanism is offered, those that are get named; EHLO is said first."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.answer("250-x\r\n250 AUTH NTLM")
        peer.wait_for_close()

    shell = Shell()
    with served(script) as where:
        shell.open(where)
        shell.wait()
        assert "no mechanism that /auth knows is offered (offered: NTLM)" in shell.say("/auth")
        shell.close()


@pytest.mark.parametrize(("challenge", "answer"), [("bW9yZQ==", b"*"), ("?", b"*")])
def test_auth_gives_up(monkeypatch: pytest.MonkeyPatch, challenge: str, answer: bytes) -> None:
    """A challenge too many, or one that is no base64, is answered by a star, never by a guess."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    heard: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.answer("250-x\r\n250 AUTH PLAIN", f"334 {challenge}")
        heard.append(peer.line())
        peer.say("501 cancelled\r\n")
        peer.wait_for_close()

    shell = Shell()
    with served(script) as where:
        shell.open(where)
        shell.wait()
        assert "501 cancelled" in shell.say("EHLO x", "/auth PLAIN student --insecure")
        shell.close()
    assert heard == [answer + b"\r\n"]


def test_starttls_by_hand_and_by_command(shell: Shell) -> None:
    """STARTTLS typed is followed by the handshake; /starttls says EHLO after it; the prompt shows TLS."""
    shell.execute("STARTTLS")
    shell.wait_for_replies()
    assert shell.handshake_due
    shell.handshakes()
    assert shell.prompt == "smtps> "
    assert "NOT VERIFIED: " in shell.text
    shell.say("/close", "/connect")
    assert "250-practice.example.test greets" in shell.say("/starttls")
    assert "TLS, not verified" in to_text(shell.toolbar())


# ---------------------------------------------------------------- what the shell tells


def test_state_and_capabilities_and_findings(shell: Shell) -> None:
    """They tell where the session stands, what was offered, and what was found."""
    shell.say(*ENVELOPE)
    said = shell.say("/state")
    assert "=> rcpt  (you are here) <" in said
    assert "forward-path: <teacher@example.test>" in said
    assert "PIPELINING" in shell.say("/capabilities")
    assert "auth-offered-in-clear" in shell.say("/findings")


def test_help(shell: Shell) -> None:
    """/help lists commands, explains verbs and commands, and names who lives at the practice server."""
    lines = shell.say("/help").splitlines()
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    for name in COMMANDS:
        assert f"/{name} " in " ".join(lines) + " "
    assert "/connect [URL] [OPTION ...]" in shell.say("/help connect")
    said = shell.say("/help MAIL")
    assert "MAIL FROM:<reverse-path> [parameters]" in said
    assert "    250 done" in said
    assert "--append" in shell.say("/help record")
    assert "password first-lesson" in shell.say("/help practice")
    assert "did you mean MAIL?" in shell.say("/help MIAL")


def test_explain(shell: Shell) -> None:
    """/explain explains the last reply, codes, keywords, findings; a hint to it comes once."""
    said = shell.say("RCPT TO:<x@example.test>", "RCPT TO:<x@example.test>")
    assert said.count("/explain says") == 1
    assert shell.say("/explain").startswith("503 to RCPT: ")
    assert "no such mailbox" in shell.say("/explain 5.1.1")
    assert "a danger" in shell.say("/explain octets-before-tls")
    said = shell.say("/explain SIZE AUTH")
    assert "adds the parameter SIZE to MAIL" in said
    assert "AUTH mechanism [initial-response]" in said
    assert "adds the verb AUTH" in said


def test_mailbox(shell: Shell, tmp_path: Path) -> None:
    """/mailbox lists, shows and writes what was delivered, to the octet, and never over a file."""
    shell.say(*ENVELOPE, "DATA")
    shell.content_paste(b"Subject: \x1b[31m\r\n\r\n.x\xff\r\n")
    shell.end_content()
    shell.wait()
    assert "   1  teacher@example.test" in shell.say("/mailbox")
    assert "from <student@example.test> to <teacher@example.test>, 23 octets" in shell.say("/mailbox teacher")
    assert r"Subject: \x1b[31m" in shell.say("/mailbox teacher 1")
    raw = tmp_path / "raw"
    shell.say(f"/mailbox teacher 1 --raw {raw}")
    assert raw.read_bytes() == b"Subject: \x1b[31m\r\n\r\n.x\xff\r\n"
    assert "is there already" in shell.say(f"/mailbox teacher 1 --raw {raw}")
    assert "there is no number 2" in shell.say("/mailbox teacher 2")
    assert "there is no mailbox" in shell.say("/mailbox x")


def test_toolbar(shell: Shell, tmp_path: Path) -> None:
    """The toolbar says where, in what state, how safe, for how many, what is awaited, and where it is recorded."""
    shell.say("AUTH PLAIN", "student", "first-lesson", *ENVELOPE, f"/record {tmp_path / 'x.smtp'}")
    shell.execute("NOOP")
    text = to_text(shell.toolbar())
    for part in ("smtp://127.0.0.1:", " rcpt ", "no TLS", "logged in", "1 recipients", "waiting: NOOP", "x.smtp"):
        assert part in text


def test_errors_have_a_caret(shell: Shell) -> None:
    """An error about a line shows the line and where it is wrong."""
    assert shell.say("/set nothing") == (
        f"/set nothing\n     ^^^^^^^\nNAME: there is no setting 'nothing'; there are {', '.join(SETTINGS)}\n"
    )
    error = shell.check("/set nothing")
    assert error is not None
    assert error.span == (5, 12)
    assert shell.check("MAIL FROM: nonsense") is None


def test_without_connection(offline: Shell) -> None:
    """Commands that need a connection say so in one line."""
    for line in ("NOOP", "/starttls", "/drop", "/capabilities", r'/raw "x"', "/auth"):
        assert offline.say(line) == "there is no connection; /connect URL opens one\n"
    assert offline.prompt == "smtpshell> "
    assert "not connected" in to_text(offline.toolbar())
    assert "closed <--" in offline.say("/state")


def test_quit(shell: Shell) -> None:
    """/quit says QUIT, and the shell is finished; it is slow, for it waits."""
    assert shell.is_slow("/quit")
    assert not shell.is_slow("/set")
    assert not shell.is_slow("QUIT")
    assert "221 " in shell.say("/quit")
    assert shell.finished


# ---------------------------------------------------------------- recording


def test_record_and_replay(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recorded holds no secret and replays without a difference; a changed file differs."""
    monkeypatch.setenv("SMTPSHELL_USER", "student")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    file = tmp_path / "session.smtp"
    shell.say("/close", f"/record {file}", "/connect", "EHLO x", "/auth PLAIN --insecure", *ENVELOPE, "DATA")
    shell.content_line("password: first-lesson")
    shell.end_content()
    shell.wait()
    shell.say("QUIT", "/record off")
    text = file.read_text("utf-8")
    for secret in ("first-lesson", "AHN0dWRlbnQAZmlyc3QtbGVzc29u"):
        assert secret not in text
        assert secret not in shell.text
    assert "C: AUTH PLAIN ${auth}" in text
    assert "-- connected to 127.0.0.1" in text
    assert int(shell.exit_status) == 0
    assert f"{file}: 8 replies compared, all as recorded" in shell.say(f"/replay {file}")
    file.write_text(text.replace("S: 221", "S: 250"))
    assert "8 replies compared, 1 different" in shell.say(f"/replay {file} --match code")
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_record_refuses_a_file_that_is_there(shell: Shell, tmp_path: Path) -> None:
    """An existing file is not overwritten."""
    file = tmp_path / "x.smtp"
    file.write_text("mine")
    assert str(file) in shell.say(f"/record {file}")
    assert file.read_text() == "mine"
    assert "nothing is recorded" in shell.say("/record")


# ---------------------------------------------------------------- hostile servers


def meet(script: object, settings: Settings | None = None) -> Shell:
    """Connect a shell to a scripted server, wait for the greeting and hang up; give the shell."""
    shell = Shell(settings)
    with served(script) as where:  # type: ignore[arg-type]
        shell.open(where)
        shell.wait()
        shell.close()
    return shell


def test_control_characters_are_shown() -> None:
    """An escape sequence in a greeting is text."""

    def script(peer: Peer) -> None:
        peer.say(b"220 \x1b]0;owned\x07\x9b2J\xe2\x80\xae hello\r\n")
        peer.wait_for_close()

    shell = meet(script)
    assert "220 \\x1b]0;owned\\x07\\x9b2J\\u202e hello\n" in shell.text
    assert "\x1b" not in shell.text


def test_end_inside_a_reply() -> None:
    """A stream that ends inside a reply is 621, and exit status 3."""
    shell = meet(lambda peer: peer.say("220-half a"))
    assert "621 the stream ended inside the reply" in shell.text
    assert shell.exit_status == ExitStatus.CONNECTION


def test_no_smtp_at_all() -> None:
    """A greeting that cannot be read is 600, and exit status 5."""
    shell = meet(lambda peer: (peer.say("SSH-2.0-OpenSSH\r\n"), peer.wait_for_close()))
    assert "600 this cannot be read as a reply" in shell.text
    assert shell.exit_status == ExitStatus.UNREADABLE


def test_silence() -> None:
    """A server that says nothing is given up after the timeout, with a hint; the connection stays."""
    shell = meet(lambda peer: peer.wait_for_close(), Settings(timeout=0.1))
    assert "no greeting in 0.1 s; wait longer" in shell.text
    assert shell.exit_status == ExitStatus.CONNECTION


def test_unsolicited_reply_is_shown() -> None:
    """A 421 that nobody asked for is printed when it comes."""
    shell = Shell()

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.answer("250 ok\r\n421 going down")

    with served(script) as where:
        shell.open(where)
        shell.wait()
        shell.say("NOOP")
        while shell.connected:
            shell.readable()
    assert "421 going down\n" in shell.text
    assert "-- closed by server\n" in shell.text
    shell.close()


def test_wait_is_ended_and_the_reply_still_comes() -> None:
    """cancel() ends the wait of another thread, not the connection; the late reply is paired right."""
    shell = Shell()
    released = threading.Event()

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.line()
        while not released.wait(0.01):
            shell.cancel()
        peer.say("250 late\r\n")
        peer.answer("221 bye")

    with served(script) as where:
        shell.open(where)
        shell.wait()
        shell.execute("NOOP")
        shell.wait()
        assert "waits no longer; the reply is shown when it comes" in shell.text
        assert shell.exit_status == ExitStatus.EXPECTED
        released.set()
        assert "250 late\n221 bye" in shell.say("QUIT")
    shell.close()


def test_octets_behind_starttls_are_discarded() -> None:
    """What an attacker put behind the 220 to STARTTLS is reported, never read as a reply."""
    shell = Shell()

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.answer("220 go\r\n250 evil")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        shell.execute("STARTTLS")
        shell.wait_for_replies()
        assert '-- discarded "250 evil\\r\\n"' in shell.text
        assert "octets-before-tls" in shell.text
        shell.close()


def test_refused_connection(offline: Shell) -> None:
    """A port nobody listens on is one line and exit status 3."""
    with served(lambda peer: None) as where:
        offline.say(f"/connect {where}", "/drop")
    said = offline.say(f"/connect {where}")
    assert "refused" in said
    assert offline.exit_status == ExitStatus.CONNECTION
