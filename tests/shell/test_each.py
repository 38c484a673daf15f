"""One line to several sessions, the replies side by side, the differences marked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.shell.batch import script
from smtpshell.shell.batch.json_lines import JsonLines
from smtpshell.shell.display.render import to_text
from smtpshell.shell.language.completion import complete
from smtpshell.shell.language.syntax import carried, line_parts
from tests.shell.support import Shell
from tests.terminal.scripted import ScriptedServer

REPLIES = {
    "EHLO": b"250-scripted greets you\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250-XODD\r\n250 8BITMIME\r\n",
    "HELO": b"250 practice.example.test greets you\r\n",
    "NOOP": b"250 2.0.0 OK\r\n",
    "VRFY": b"550 \xe4\xb8\xad\xe6\x96\x87 \x1b[2J\tno\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 taken\r\n",
    "RSET": b"250 forgotten\r\n",
    "QUIT": b"221 bye\r\n",
    "--ODD": b"500 what\r\n",
    "/X": b"500 what\r\n",
}


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the terminal a width."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """Start a server that answers as the table says."""
    with ScriptedServer(REPLIES) as server:
        yield server


@pytest.fixture
def two(shell: Shell, scripted: ScriptedServer) -> Shell:
    """Be at a scripted server, "other"; the practice server's session is "practice"."""
    shell.say(f"/connect {scripted.url} --name other", "/switch practice")
    return shell


def test_side_by_side(two: Shell) -> None:
    """The same reply stands beside the same reply, once a line."""
    assert two.say("/each NOOP").splitlines() == [
        "  practice                              | other",
        "  250 2.0.0 OK                          | 250 2.0.0 OK",
        "1 line compared: 1 the same",
    ]


def test_differences_are_marked(two: Shell) -> None:
    """Another code is !, other words are ~; what a server sends is shown, never obeyed, and columns stay."""
    said = two.say("/each VRFY student").splitlines()
    assert said[1] == "! 250 2.1.5 Sam Student                 | 550 中文 \\x1b[2J no"
    assert said[2].startswith("  <student@example.test>")
    assert said[-1] == "1 line compared: 0 the same, 1 different (!)"
    said = two.say("/each HELO me").splitlines()
    assert any(line.startswith("~ 250 practice.example.test greets me") for line in said)


def test_what_ehlo_offers_is_compared_by_keyword(two: Shell) -> None:
    """Whatever the order: what one has not is !, another value ~, and which line is the last is nothing."""
    said = two.say("/each EHLO client.example.test")
    rows = {line[2:].partition("|")[0].strip(): line for line in said.splitlines()}
    assert rows["250-SIZE 67108864"].startswith("~ ")
    assert rows["250-SIZE 67108864"].endswith("| 250-SIZE 1000")
    assert rows["250-8BITMIME"] == "  250-8BITMIME                          | 250 8BITMIME"
    assert rows["250 STARTTLS"].startswith("  ")
    assert rows["250-PIPELINING"].startswith("! ")
    assert rows["250-PIPELINING"].endswith("|")
    assert "!                                       | 250-XODD" in said.splitlines()


def test_what_is_long_is_cut(shell: Shell) -> None:
    """Behind a blank that is near, else where the column ends; characters of two columns are kept whole."""
    long = (
        b"250 " + b"x" * 40 + " 中中中中中中中中中中中中中中中中中中中".encode() + " e\u0301nd".encode() + b"\r\n"
    )
    with ScriptedServer({"NOOP": long}) as scripted:
        shell.say(f"/connect {scripted.url} --name other")
        said = shell.say("/each NOOP").splitlines()
    assert [line[42:] for line in said[1:4]] == [
        "250 " + "x" * 33,
        "x" * 7 + " " + "中" * 14,
        "中" * 5 + " e\u0301nd",
    ]


def test_very_long_replies(shell: Shell) -> None:
    """Ten thousand lines are put side by side like two."""
    long = b"".join(b"250-X%d\r\n" % number for number in range(10_000)) + b"250 X\r\n"
    with ScriptedServer({"NOOP": long, "EHLO": long}) as scripted:
        for name in ("a", "b"):
            shell.say(f"/connect {scripted.url} --name {name}")
        said = shell.say("/each --only a,b NOOP", "/each --only b,practice EHLO me").splitlines()
    assert "10001 lines compared: 10001 the same" in said
    assert said[-1].startswith("100")


def test_whose_password(shell: Shell) -> None:
    """Where there are several sessions it is said for which a secret is asked."""
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return {"user: ": "student", "password: ": "first-lesson"}[prompt.partition(" ")[2]]

    shell.ask_secret = ask
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other", "/each /auth LOGIN --insecure")
    assert asked == ["practice user: ", "practice password: ", "other user: ", "other password: "]
    assert shell.text.count("235 ") == 2


def test_narrow(two: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 40 columns the sessions come one below the other, with the same marks."""
    monkeypatch.setenv("COLUMNS", "40")
    said = two.say("/each RSET").splitlines()
    assert said[0] == "practice"
    assert said[1].startswith("~ 250 2.0.0 ")
    assert said[2:4] == ["other", "~ 250 forgotten"]
    assert said[4] == "1 line compared: 0 the same, 1 in other words (~)"


def test_only_some(two: Shell, scripted: ScriptedServer) -> None:
    """--only takes numbers and names; of one session there is nothing to compare."""
    assert two.say("/each --only 2 NOOP").splitlines() == ["  other", "  250 2.0.0 OK"]
    scripted.expect(b"NOOP")
    assert "compared" in two.say("/each --only=other,practice,1 NOOP")
    assert "there is no session 'third'" in two.say("/each --only third NOOP")
    assert "names of sessions, a comma between them" in two.say("/each --only , NOOP")


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ('/each MAIL  FROM:<"a b"@x>  ', b'MAIL  FROM:<"a b"@x>  '),
        ('/each NOOP "a', b'NOOP "a'),
        ("/each -- --odd", b"--odd"),
        ("/each //x", b"/x"),
    ],
)
def test_a_line_goes_out_as_it_stands(two: Shell, scripted: ScriptedServer, line: str, sent: bytes) -> None:
    """Quotes, blanks and dashes in it are the server's; two slashes are one, as ever."""
    two.execute(f"/each --only other {line.removeprefix('/each ')}" if "--" not in line else line)
    assert scripted.heard[-1] == sent


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/each /nonsense", "there is no command /nonsense"),
        ("/each /switch other", "/switch is about all sessions; type /switch alone"),
        ("/each /each NOOP", "/each is about all sessions"),
        ("/each ${nothing}", "nothing"),
    ],
)
def test_what_cannot_go_to_each(two: Shell, scripted: ScriptedServer, line: str, said: str) -> None:
    """It is said once, and nothing is sent."""
    two.say("/set variables on")
    before = len(two.printed)
    two.say(line)
    assert to_text(two.printed[before:]).count(said) >= 1
    assert scripted.heard == []


def test_no_session(offline: Shell) -> None:
    """There must be one that is open."""
    assert "there is no open session; /connect URL opens one" in offline.say("/each NOOP")
    assert "there is no open session" in offline.say("/each")


def test_a_shell_command_at_each(shell: Shell) -> None:
    """It is done at one session after the other; the certificates are compared like all else."""
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other")
        said = shell.say("/each /starttls")
        assert [each.session.connection.facts.tls for each in shell.conversations if each.session] == [True, True]
        assert "-- tls TLSv1.3" in said
        assert "/explain" not in said


def test_another_mode(two: Shell, scripted: ScriptedServer) -> None:
    """A session in the middle of a message is told of, and the others go on."""
    two.say("/switch other", "MAIL FROM:<a@b>", "RCPT TO:<a@b>", "DATA", "/switch practice")
    said = two.say("/each NOOP").splitlines()
    assert said[1:] == [
        "! 250 2.0.0 OK                          |",
        "!                                       |   in the middle of a message: not ",
        "                                        | sent",
        "1 line compared: 0 the same, 1 different (!)",
    ]
    assert two.conversations[1].mode == "content"
    assert "    content; no TLS\n" in two.say("/sessions")


def test_a_login_at_each(shell: Shell) -> None:
    """Answers go to each that asks; secrets are shown nowhere."""
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other", "/each EHLO me", "/each", "AUTH LOGIN")
        assert (shell.mode, shell.prompt, shell.hidden) == ("auth", "each 2 auth (user)> ", False)
        shell.say("student")
        assert shell.hidden
        shell.say("first-lesson")
        assert shell.prompt == "each 2 smtp> "
        assert all(each.session and each.session.connection.facts.authenticated for each in shell.conversations)
        assert "first-lesson" not in shell.text


def test_every_line_to_each(two: Shell, scripted: ScriptedServer) -> None:
    """Content typed or pasted once goes to all, with the dots stuffed; the replies are compared at its end."""
    two.say("/each EHLO client.example.test", "/each")
    assert two.prompt == "each 2 smtp> "
    assert "each: practice, other" in to_text(two.toolbar())
    assert two.is_slow("NOOP")
    two.say("MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>", "DATA")
    assert two.prompt == "each 2 data> "
    two.content_line("Subject: x")
    two.content_paste(b"\r\n.\r\n")
    before = len(two.printed)
    two.end_content()
    said = to_text(two.printed[before:]).splitlines()
    assert [cell.strip() for cell in said[1].split("|")] == ["17 octets of content, 1 dot added"] * 2
    assert said[2].startswith("~ 250 2.0.0 Message of 17")
    assert said[2].endswith("| 250 taken")
    assert scripted.heard[-4:] == [b"Subject: x", b"", b"..", b"."]
    assert two.practice is not None
    assert two.practice.mailboxes.mailbox("student").messages[0].content == b"Subject: x\r\n\r\n.\r\n"
    assert "lines go to practice alone" in two.say("/end")
    assert two.prompt == "practice smtp> "
    assert "nothing was collected" in two.say("/end")


def test_a_script_to_each(two: Shell, scripted: ScriptedServer) -> None:
    """In a script the lines below DATA are the content for all, as everywhere."""
    lines = [
        "/each EHLO me.example.test",
        "/each",
        "MAIL FROM:<me@example.test>",
        "RCPT TO:<student@example.test>",
    ]
    script.run_lines(two, [*lines, "DATA", "Subject: x", "", ".dot", ".", "/each /expect 250", "/end", "NOOP"])
    assert scripted.heard[-4:] == [b"Subject: x", b"", b"..dot", b"."]
    assert two.practice is not None
    assert two.practice.mailboxes.mailbox("student").messages[0].content == b"Subject: x\r\n\r\n.dot\r\n"
    assert two.exit_status is ExitStatus.EXPECTED
    assert two.text.endswith("250 2.0.0 OK\n")


def test_content_goes_to_those_that_take_it(two: Shell, scripted: ScriptedServer) -> None:
    """Where one server refuses DATA the content goes to the other alone, and that is said."""
    two.say(
        "/each EHLO me", "/switch other", "MAIL FROM:<a@b>", "RCPT TO:<a@b>", "/switch practice", "/each", "DATA"
    )
    assert two.prompt == "each 2 data> "
    two.content_line("x")
    before = len(two.printed)
    two.end_content()
    said = to_text(two.printed[before:])
    assert "takes commands now: not sent" in said
    assert "250 taken" in said
    assert two.prompt == "each 2 smtp> "
    assert two.session is two.conversations[0].session


def test_dropping_in_the_middle(two: Shell) -> None:
    """Nothing is delivered at any of them."""
    two.say("/each EHLO me", "/each", "MAIL FROM:<a@b>", "RCPT TO:<student@example.test>", "DATA")
    two.content_line("half")
    two.abort_content()
    assert not any(each.connected for each in two.conversations)
    assert two.prompt == "each 0 smtpshell> "
    assert "there is no open session" in two.say("NOOP")


def test_chunks(shell: Shell) -> None:
    """The octets BDAT announced go to each that waits for them."""
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other", "/each EHLO me", "/each")
        shell.say("MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>")
        shell.execute("BDAT 6 LAST")
        assert shell.prompt == "each 2 chunk 6> "
        assert shell.chunk_octets(b"a\r\n") == b""
        shell.perform("/sessions")
        assert shell.text.count("; in the middle of a chunk; no TLS; waiting: BDAT LAST\n") == 2
        assert shell.prompt == "each 2 chunk 3> "
        assert shell.chunk_octets(b"b\r\nrest") == b"rest"
        for server in (shell.practice, other):
            assert server is not None
            assert server.mailboxes.mailbox("student").messages[0].content == b"a\r\nb\r\n"


def test_groups(shell: Shell) -> None:
    """/pipeline sends its lines to each in one write."""
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other", "/each EHLO me", "/each")
        said = shell.say("/pipeline NOOP RSET")
        assert said.count("250 ") == 4
        shell.say("/pipeline", "NOOP")
        assert shell.say("/end").count("250 ") == 2
        before = len(shell.printed)
        shell.pipeline(["NOOP", "NOOP"])
        assert to_text(shell.printed[before:]).count("250 ") == 4
        assert shell.prompt == "each 2 smtp> "


def test_one_leaves_while_the_other_goes_on(two: Shell, scripted: ScriptedServer) -> None:
    """Its end stands in its column; after that lines go to the others alone."""
    two.say("/each EHLO me", "/each")
    scripted.say(b"421 tired\r\n")
    scripted.hang_up()
    while two.conversations[1].connected:
        two.say("NOOP")
    assert "-- closed by server" in two.text
    assert two.prompt == "each 1 smtp> "
    assert two.say("NOOP").splitlines() == ["  practice", "  250 2.0.0 OK"]
    two.say("/close other", "NOOP")
    assert [each.name for each in two.together] == ["practice"]


def test_the_front_leaves(two: Shell, scripted: ScriptedServer) -> None:
    """Where the one in front is closed, another of those typed to takes its place."""
    two.say("/each --only other,practice")
    two.say("/each --only practice /drop")
    assert two.prompt == "each 1 smtp> "
    assert two.say("NOOP").splitlines() == ["  other", "  250 2.0.0 OK"]


def test_going_to_the_first_of_those_named(two: Shell) -> None:
    """The session in front is one of those typed to; /switch ends it."""
    two.say("/each --only other")
    assert (two.prompt, two.front.name) == ("each 1 smtp> ", "other")
    two.say("/switch practice")
    assert two.together == ()


def test_a_silent_server(shell: Shell, scripted: ScriptedServer) -> None:
    """What came is shown, and who has not answered; the late reply comes with its name."""
    shell.say(f"/connect {scripted.url} --name other", "/switch practice", "/set timeout 0.2")
    said = shell.say("/each HELP")
    assert "214" in said
    assert "HELP: no reply yet; it will" in said
    assert "no reply to HELP in 0.2 s" in said
    scripted.say(b"214 at last\r\n")
    while "other| 214 at last" not in shell.text:
        shell.say("NOOP")
    assert shell.exit_status is ExitStatus.CONNECTION


def test_a_line_inside_a_line(two: Shell, tmp_path: Path) -> None:
    """A script that is run at each cannot send to each."""
    script_file = tmp_path / "each.txt"
    script_file.write_text("/each NOOP\n")
    said = two.say(f"/each /source {script_file}")
    # Wherever the columns break, which is the path's to say.
    cells = " ".join(line.split("|")[0].strip() for line in said.splitlines())
    assert "/each takes no other /each" in cells


def test_cutting_each(shell: Shell) -> None:
    """A stop that is armed at each ends each."""
    with PracticeServer() as other:
        shell.say(f"/connect {other.url} --name other", "/each /drop ehlo")
        said = shell.say("/each /starttls")
        assert said.count("dropped after ehlo, as asked") == 2
        assert not any(each.connected for each in shell.conversations)


def test_ending_the_wait(shell: Shell, scripted: ScriptedServer) -> None:
    """It ends it for all, and shows what has come."""
    shell.say(f"/connect {scripted.url} --name other", "/switch practice")
    over = threading.Event()

    def press() -> None:
        while not over.wait(0.01):
            shell.cancel()

    pressing = threading.Thread(target=press)
    pressing.start()
    said = shell.say("/each --only other,practice HELP")
    over.set()
    pressing.join()
    assert "HELP: no reply yet" in said
    assert said.endswith("waits no longer; the reply is shown when it comes\n")


def test_replies_are_graded(two: Shell) -> None:
    """The worst of all is the exit status, differences are no failure."""
    statuses = []
    for line in ("/each HELO me", "/each VRFY student"):
        two.say(line)
        statuses.append(two.exit_status)
    assert statuses == [ExitStatus.EXPECTED, ExitStatus.NEGATIVE]


def test_expectations_are_of_one_session(two: Shell) -> None:
    """/expect looks at its own session's reply; at each it is held against each."""
    two.say("/each VRFY student", "/expect 250", "/switch other", "/expect 550")
    statuses = [two.exit_status]
    two.say("/each VRFY student", "/each /expect 550")
    assert [*statuses, two.exit_status] == [ExitStatus.EXPECTED, ExitStatus.NEGATIVE]


def test_a_closed_session_keeps_its_status(two: Shell) -> None:
    """What went wrong in a session is not forgotten with it."""
    two.say("/switch other", "VRFY x", "/close")
    assert two.exit_status is ExitStatus.NEGATIVE


def test_recordings_stay_apart(two: Shell, tmp_path: Path) -> None:
    """What goes to each is in the recording of each."""
    two.say(f"/record {tmp_path}/x.smtp --all", "/each NOOP", "/record off --all")
    from smtpshell.transcript.compare import Kind, compare
    from smtpshell.transcript.syntax import read

    pairs = compare(read(f"{tmp_path}/x-practice.smtp"), read(f"{tmp_path}/x-other.smtp"))
    assert "NOOP" in [pair.command for pair in pairs]
    assert {pair.kind for pair in pairs} == {Kind.EQUAL}


def test_json(two: Shell) -> None:
    """Events as they come, each with its session, then what was compared."""
    written: list[str] = []
    lines = JsonLines(written.append, two.secrets, label=lambda: two.label)
    two.events, two.outcomes, two.errors = lines.event, lines.outcome, lines.error
    script.run_lines(two, ["/each NOOP", "/each VRFY student"])
    objects = [json.loads(line) for line in written]
    assert {each["session"] for each in objects} == {"practice", "other"}
    same, different = (each for each in objects if each["event"] == "each")
    assert same["sessions"] == [
        {"session": "practice", "replies": [{"code": 250, "lines": ["250 2.0.0 OK"]}]},
        {"session": "other", "replies": [{"code": 250, "lines": ["250 2.0.0 OK"]}]},
    ]
    assert (same["line"], same["same"], different["different"]) == ("NOOP", 1, 1)


def test_a_secret_in_the_line(two: Shell) -> None:
    """An initial response is told to nobody, and coloured as the secret it is."""
    line = "/each --only practice AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u"
    assert [line[start:end] for style, start, end in line_parts(line) if style == "secret"] == [line.split()[-1]]
    assert "AHN0dWRlbnQAZmlyc3QtbGVzc29u" not in two.say("/each EHLO me", line)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("NOOP", 0),
        ("//x", 0),
        ("/help MAIL", 10),
        ("/each", 5),
        ("/each NOOP", 6),
        ("/each  --only a,b NOOP", 18),
        ("/each --only=a NOOP", 15),
        ("/each --only a -- --x", 18),
        ("/each --on", 10),
    ],
)
def test_where_the_line_begins(line: str, at: int) -> None:
    """Where a line for another stands in a line."""
    assert carried(line) == at
    assert "".join(line[start:end] for _, start, end in line_parts(line)) == line


@pytest.mark.parametrize(
    ("text", "first", "start"),
    [
        ("/each MA", "MAIL", 6),
        ("/each --only practice,o", "practice,other", 13),
        ("/each --only other EH", "EHLO", 19),
        ("/each --only o", "other", 13),
        ("/each /stat", "/state", 6),
        ("/ea", "/each", 0),
    ],
)
def test_completion(two: Shell, text: str, first: str, start: int) -> None:
    """In the line everything is offered that would be without /each."""
    found = complete(two, text, len(text))
    assert (found[0].text, found[0].start) == (first, start)
