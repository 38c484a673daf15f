"""Script files: the same words as at the prompt, content in the script, other scripts, and files that are none."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.errors import ExitStatus, UsageError
from smtpshell.practice import PracticeServer
from smtpshell.protocol.events import ReplyReceived
from smtpshell.shell.batch import script
from smtpshell.shell.batch.script import DEEPEST, run_lines
from smtpshell.shell.batch.source import LONGEST
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

ENVELOPE = b"MAIL FROM:<me@example.test>\nRCPT TO:<teacher@example.test>\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server."""
    with PracticeServer() as server:
        yield server


def delivered(shell: Shell) -> list[bytes]:
    """Give what the teacher received."""
    assert shell.practice is not None
    return [message.content for message in shell.practice.mailboxes.mailbox("teacher").messages]


# what stands behind the envelope -> what is delivered
CONTENTS = {
    "plain": (b"DATA\n# kept\n\n.x\n.\n", b"# kept\r\n\r\n.x\r\n"),
    "here": (
        b"/data <<END\n# kept\n\n/quit\n.x\n.\n END\nEND \nEND\n",
        b"# kept\r\n\r\n/quit\r\n.x\r\n.\r\n END\r\nEND \r\n",
    ),
    "octets": (b"/data <<E\n\xff\x00\t \r\nx\rE\nE\n", b"\xff\x00\t \r\nx\rE\r\n"),
    "exact": (b"/data <<E --exact\nx\rE\nE\n", b"x\rE\r\n"),
    "no last line end": (b"/data <<E\nx\nE", b"x\r\n"),
    "CRLF": (b"/data <<E\r\nx\r\nE\r\n", b"x\r\n"),
    "empty": (b"/data <<E\nE\n", b""),
    "its own line number": (b"/data <<.\nx\n.\n/expect 250\n", b"x\r\n"),
    "chunks": (b"/bdat <<E --chunk 2\nab\n\n.\nE\n", b"ab\r\n\r\n.\r\n"),
    "long": (b"/data <<E\n" + b"x" * 200_000 + b"E\nE\n", b"x" * 200_000 + b"E\r\n"),
    "big": (b"/bdat <<E\n" + b"x\n" * 600_000 + b"E\n", b"x\r\n" * 600_000),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_in_the_script(shell: Shell, name: str) -> None:
    """Its lines arrive as they stand there, with CRLF line ends; the script goes on behind them."""
    lines, expected = CONTENTS[name]
    Path("s.txt").write_bytes(ENVELOPE + lines)
    shell.say("/source s.txt", "/expect 250")
    if name == "octets":
        expected = expected.replace(b"x\r", b"x\r\n")  # a bare CR is repaired, as everywhere without --exact
    assert delivered(shell) == [expected]
    assert shell.exit_status == ExitStatus.EXPECTED


def test_a_whole_message_for_send(shell: Shell) -> None:
    """/send takes it as a message, as the text, as a template."""
    send = "/send {} --from me@example.test --to teacher@example.test"
    lines = [
        *(send.format("<<A"), "Subject: a", "", "one", "A"),
        *(send.format("--body-file <<A"), "two", "A"),
        *(send.format("--template <<A --subject x"), "Subject: ${subject}", "", "three", "A"),
    ]
    run_lines(shell, lines)
    one, two, three = delivered(shell)
    assert one == b"Subject: a\r\n\r\none\r\n"
    assert two.endswith(b"\r\n\r\ntwo\r\n")
    assert three == b"Subject: x\r\n\r\nthree\r\n"


def test_content_that_cannot_be_kept(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for it nothing is sent."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    run_lines(shell, [*ENVELOPE.decode().splitlines(), "/bdat <<E", *["x" * 1000] * 1100, "E", "VRFY teacher"])
    assert "cannot keep the content: No such file or directory" in shell.text
    assert "Tess" not in shell.text
    assert delivered(shell) == []


def test_what_a_script_sets_stays(shell: Shell) -> None:
    """While it runs what it says is shown, unless it wants otherwise; what it sets itself stays."""
    Path("quiet.txt").write_text("NOOP 1\n/set echo off\nNOOP 2\n/set echo on\n")
    said = shell.say("/source quiet.txt")
    assert "C: NOOP 1" in said
    assert "C: NOOP 2" not in said
    assert shell.settings.echo


def test_content_that_is_refused_is_never_run(shell: Shell) -> None:
    """Where DATA is refused the lines of a here-document are skipped."""
    run_lines(shell, ["/data <<END", "VRFY teacher", "END", "/expect 503", "NOOP"])
    assert "Tess" not in shell.text
    assert shell.exit_status == ExitStatus.EXPECTED


# a script -> what is said about it, the exit status
WRONG: dict[str, tuple[bytes, str, int]] = {
    "unknown": (b"NOOP\n\n# x\n/nonsense x\nNOOP\n", "s.txt:4:1: there is no command /nonsense", 2),
    "column": (b"/explain 250 --deep\n", "s.txt:1:14: /explain has no --deep", 2),
    "expectation": (b"NOOP\n/expect 251\n", "s.txt:2:1: expected 251, got 250 2.0.0 OK", 1),
    "no end": (ENVELOPE + b"/data <<END\nx\n.\n", "s.txt:3:1: no line END ends the content; nothing was sent", 2),
    "no word": (b"/data <<\n", "s.txt:1:7: FILE: << needs a word that ends the content", 2),
    "quoted": (b'/data "<<END"\nx\nEND\n', "s.txt:1:7: FILE: there is no file <<END", 2),
    "half content": (
        b"EHLO me.test\n" + ENVELOPE + b"DATA\nhalf\n",
        "s.txt:6:1: the input ended inside the content",
        2,
    ),
    "half chunk": (ENVELOPE + b"BDAT 9 LAST\nx\ny", "s.txt:3:1: the input ended 6 octets before", 2),
    "group": (b"/pipeline\nNOOP\n", "s.txt:3:1: the input ended inside /pipeline", 2),
    "NUL": (b"NOOP\n\x7fELF\x02\0\0\n", "s.txt:2:1: the line has a NUL in it; is it a script at all?", 2),
    "endless": (b"x" * (LONGEST + 5), "s.txt:1:1: the line is longer than 16 MiB", 2),
    "lost": (b"QUIT\nNOOP\n", "s.txt:2:1: the connection is closed", 3),
    "missing": (b"/source t.txt\n", "s.txt:1:9: FILE: there is no file t.txt", 2),
    "folder": (b"/source .\n", "s.txt:1:9: FILE: . is a folder", 2),
    "itself": (b"NOOP\n/source s.txt\nNOOP\n", "s.txt:2:1: s.txt runs already: s.txt:2 -> s.txt; a script", 2),
    "control": (b"/\x1b[31mred\n", r"s.txt:1:1: there is no command /\x1b[31mred", 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong(name: str, practice: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said in one line, with the place; nothing behind it is run."""
    octets, said, status = WRONG[name]
    Path("s.txt").write_bytes(octets)
    assert main([practice.url, "s.txt"]) == status
    output, errors = capsys.readouterr()
    assert errors.startswith(f"smtpshell: {said}")
    assert errors.count("\n") == 1
    assert output.count("C: NOOP") <= 1
    assert practice.mailboxes.mailbox("teacher").messages == []


# what a file has -> the commands that the server heard
READ = {
    "empty": (b"", []),
    "mark": (b"\xef\xbb\xbfNOOP 1\n", ["NOOP 1"]),
    "mark alone": (b"\xef\xbb\xbf", []),
    "mark and comment": (b"\xef\xbb\xbf# x\r\nNOOP 1\r\n", ["NOOP 1"]),
    "CRLF": (b"NOOP 1\r\n\r\n# no\r\nNOOP 2\r\n", ["NOOP 1", "NOOP 2"]),
    "no last line end": (b"NOOP 1\nNOOP 2", ["NOOP 1", "NOOP 2"]),
    "blanks": (b" # x\n", [" # x"]),
    "slashes": (b"//NOOP\n", ["/NOOP"]),
    "raw": (b'/raw "# x\\r\\n"\n', ["# x"]),
    "no UTF-8": (b"NOOP \xff\n", ["NOOP \\xff"]),
    "long": (b"NOOP " + b"x" * 1_000_000 + b"\nNOOP 2\n", ["NOOP " + "x" * 1_000_000, "NOOP 2"]),
}


@pytest.mark.parametrize("name", READ)
def test_what_a_script_says(name: str, practice: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty lines and comments are for people; everything else goes out as it stands."""
    octets, expected = READ[name]
    Path("s.txt").write_bytes(octets)
    main([practice.url, "s.txt", "--timeout", "20"])
    said = [line.removeprefix("C: ") for line in capsys.readouterr().out.splitlines() if line.startswith("C: ")]
    assert said == expected


def test_scripts_that_cannot_be_read(practice: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is said to the server, in one line, with exit status 2."""
    Path("folder").mkdir()
    Path("locked").write_text("NOOP\n")
    Path("locked").chmod(0)
    cases = [("none", "No such file or directory"), ("folder", "Is a directory")]
    if os.geteuid():
        cases.append(("locked", "Permission denied"))
    for name, why in cases:
        assert main([practice.url, name]) == 2
        assert capsys.readouterr() == ("", f"smtpshell: cannot read {name}: {why}; name a file of lines\n")


def test_a_refused_permission_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests: what the system refuses is told with the file's name."""
    file = Path("locked")
    file.touch()

    def refuse(*given: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("io.open", refuse)
    with pytest.raises(UsageError, match="cannot read locked: Permission denied"):
        script.opened(file)


def test_arguments_that_contradict(practice: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines and a script exclude each other."""
    Path("s.txt").touch()
    assert main([practice.url, "s.txt", "-c", "NOOP"]) == 2
    assert "-c and a script exclude each other" in capsys.readouterr().err


def test_standard_input_is_a_script(
    practice: PracticeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash stands for it; its errors have places too."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"NOOP\n/expect 1\n")))
    assert main([practice.url, "-"]) == 2
    assert "smtpshell: standard input:2:1: '1' is no expectation" in capsys.readouterr().err


def test_nobody_to_talk_to(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no connection the script is not begun."""
    Path("s.txt").write_text("/explain 250\n")
    assert main(["127.0.0.1:1", "s.txt"]) == 3
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1


def test_scripts_run_scripts(shell: Shell) -> None:
    """Each is run where it stands, content included, and what it ends with is what its caller goes on with."""
    Path("hello.txt").write_text("EHLO me.test\n")
    Path("send.txt").write_bytes(ENVELOPE + b"DATA\nhi\n.\n")
    Path("all.txt").write_text(
        "/source hello.txt\n/expect 250\n/source send.txt\n/expect 250 to CONTENT\nVRFY teacher\n"
    )
    said = shell.say("/source all.txt")
    assert "C: EHLO me.test\n" in said
    assert "Tess" in said
    assert delivered(shell) == [b"hi\r\n"]
    assert not shell.settings.echo
    assert shell.exit_status == ExitStatus.EXPECTED


def test_an_error_ends_all_scripts(shell: Shell) -> None:
    """One that fails inside another ends that too, and the place is the inner one's."""
    Path("inner.txt").write_text("NOOP\n/expect 500\n")
    Path("outer.txt").write_text("/source inner.txt\nVRFY teacher\n")
    said = shell.say("/source outer.txt", "NOOP")
    assert "inner.txt:2:1: expected 500" in said
    assert "Tess" not in said
    assert said.endswith("250 2.0.0 OK\n")
    assert shell.scripts == []


def test_a_cycle_and_a_depth(shell: Shell) -> None:
    """A script that comes back to itself is told the way, by whatever name; so is one too many."""
    Path("a.txt").write_text("NOOP\n/source b.txt\n")
    Path("b.txt").write_text("/source c.txt\n")
    Path("c.txt").symlink_to("a.txt")
    said = shell.say("/source a.txt")
    assert "b.txt:1:1: c.txt runs already: a.txt:2 -> b.txt:1 -> c.txt; a script cannot /source itself" in said
    for number in range(DEEPEST + 1):
        Path(f"{number}.txt").write_text(f"/source {number + 1}.txt\n")
    Path(f"{DEEPEST}.txt").write_text("VRFY teacher\n")
    said = shell.say("/source 1.txt")
    assert "Tess" in said
    said = shell.say("/source 0.txt")
    assert f"{DEEPEST - 1}.txt:1:1: {DEEPEST} scripts run inside each other" in said


def test_a_pipe_can_be_a_script(shell: Shell) -> None:
    """What cannot be read twice is read once."""
    reader, writer = os.pipe()
    os.write(writer, b"VRFY teacher\n")
    os.close(writer)
    try:
        assert "Tess" in shell.say(f"/source /dev/fd/{reader}")
    finally:
        os.close(reader)


def test_lines_of_a_group_from_a_script(shell: Shell) -> None:
    """A group that was begun before is filled by a script and stays open behind it."""
    Path("s.txt").write_text("NOOP 1\n# no\nNOOP 2\n")
    said = shell.say("/pipeline", "/source s.txt", "/end")
    assert said.count("250 2.0.0 OK") == 2


def test_a_here_document_needs_a_script(shell: Shell) -> None:
    """Typed at the prompt there is nothing to read it from."""
    assert "<<END needs a script to read from; type DATA, or name a file" in shell.say("/data <<END")


def test_an_ended_wait_is_the_last() -> None:
    """A wait for what never comes is ended once and for all, and the place is that of the line that waited."""

    def silent(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        peer.line()
        peer.socket.settimeout(0.05)
        while True:
            try:
                if not peer.socket.recv(1000):
                    return
            except TimeoutError:
                shell.cancel()

    Path("inner.txt").write_text("# x\n/data <<E\nx\nE\nNOOP\n")
    Path("outer.txt").write_text("/source inner.txt\nNOOP\n")
    shell = Shell()
    with served(silent) as where:
        shell.open(where)
        shell.wait()
        shell.execute("/source outer.txt")
        shell.close()
    assert shell.text.count("waits no longer") == 1
    assert "inner.txt:2:1: waits no longer" in shell.text
    assert "no reply to" not in shell.text


def test_an_ended_wait_ends_the_script(shell: Shell) -> None:
    """Who asks for the end between two lines wants no more of it."""
    Path("s.txt").write_text("NOOP 1\nNOOP 2\n")
    heard: list[object] = []

    def cancel(event: object, seconds: float) -> None:
        heard.append(event)
        if isinstance(event, ReplyReceived):
            shell.cancel()

    shell.events = cancel
    said = shell.say("/source s.txt")
    assert len(heard) == 2
    # Either the wait for a reply is ended, or the reply was there already and the script is.
    assert "the script ends here, as asked" in said or "waits no longer" in said
    assert shell.exit_status == ExitStatus.EXPECTED
