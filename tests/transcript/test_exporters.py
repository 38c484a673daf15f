"""Transcripts in the forms of others: each is what it claims to be, runs where it can, and keeps its secrets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import smtpshell
from smtpshell.errors import UsageError
from smtpshell.practice import USERS, PracticeServer
from smtpshell.transcript.exporters import EXPORTERS
from smtpshell.transcript.exporters.redacting import redacted
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.syntax import parse, read, write
from tests.transcript.hostile import HOSTILE, SECRETS, with_secrets

FOLDER = Path(__file__).parent.parent.parent / "transcripts"
SAMPLES = sorted(FOLDER.glob("*.smtp"))
KINDS = list(EXPORTERS)


def exported(kind: str, transcript: Transcript | str) -> str:
    """Export a transcript, or the text of one."""
    transcript = parse(transcript) if isinstance(transcript, str) else transcript
    return EXPORTERS[kind].export(redacted(transcript))


def dangerous(text: str) -> set[str]:
    """Give the characters that a terminal, or an eye, could be misled by."""
    return {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")} - {
        "\n",
        "\t",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_can_be_exported(kind: str) -> None:
    """Each kind takes each sample, always makes the same of it, and no control character comes out."""
    for path in SAMPLES:
        text = exported(kind, read(path))
        assert text.endswith("\n"), path
        assert text == exported(kind, read(path))
        assert dangerous(text) == set(), path


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_secret_comes_out(kind: str) -> None:
    """Credentials written into the file are in no export, encoded or not."""
    text = exported(kind, with_secrets())
    assert "auth" in text.lower()
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"swaks"}))
def test_hostile_text_stays_text(kind: str) -> None:
    """Escape sequences and bidi controls of a server are shown, in every kind."""
    text = exported(kind, HOSTILE)
    assert dangerous(text) == set()
    assert "evil" in text or kind == "python"  # which holds the client's side only


def test_text() -> None:
    """Plain lines and events, without times, prose and findings."""
    shown = exported(
        "text",
        "smtp-transcript: 1\ntitle: x\n\n# prose\n[0.1] S: 220 mx.example.test\nC: EHLO $${c}\nS: 250-a\nS...\n"
        "S~ 250 .*\n-- finding out-of-sequence: no\nC= NOOP\\n\n-- closed by server\n",
    )
    assert shown == (
        "S: 220 mx.example.test\nC: EHLO ${c}\nS: 250-a\nS: ...\nS~ 250 .*\nC= NOOP\\n\n-- closed by server\n"
    )


def test_markdown() -> None:
    """A heading, facts, the lines in a fence, and findings with their source."""
    shown = exported(
        "markdown",
        "smtp-transcript: 1\ntitle: It *fails*\nserver: smtp://mx.example.test:25\n\nS: 220 mx.example.test\n"
        "C: MAIL FROM:<a@example.test>\nS: 503 Say ``` first\n",
    )
    assert shown == (
        "### It \\*fails\\*\n\n- server: smtp://mx.example.test:25\n\n"
        "````text\nS: 220 mx.example.test\nC: MAIL FROM:<a@example.test>\nS: 503 Say ``` first\n````\n\n"
        "Findings:\n\n- line 6: **warning** `out-of-sequence`: the command is out of sequence here: "
        "MAIL in state greeted, where EHLO, HELO, LHLO, QUIT, NOOP, HELP, VRFY, EXPN, RSET, XCLIENT may come "
        "(RFC 5321 4.1.4)\n"
    )


def test_hostile_text_does_not_end_the_fence() -> None:
    """The fence is longer than any run of back-quotes inside it, and nothing outside is markup."""
    shown = exported("markdown", HOSTILE)
    fence = re.search(r"^(`+)text$", shown, re.MULTILINE)
    assert fence
    assert len(fence[1]) == 5
    before, _, rest = shown.partition(fence[0])
    assert re.search(r"(?<!\\)[<>`*_]", before) is None
    assert "\n" + fence[1] + "\n" in rest


def test_mermaid() -> None:
    """A sequence diagram in which the texts' signs are entities."""
    shown = exported("mermaid", HOSTILE)
    diagram = shown.split("```mermaid\n")[1].split("```")[0].splitlines()
    assert diagram[:3] == ["sequenceDiagram", "    participant C as client", "    participant S as server"]
    assert "    C->>S: EHLO client.example.test" in diagram
    assert "    C->>S: content, 4 lines" in diagram
    assert "    Note over C,S: closed by server" in diagram
    said = re.compile(r"    (?:C->>S|S-->>C|Note over C,S): (?:[A-Za-z0-9 .,@/=_-]|#[0-9]+;)+")
    assert [line for line in diagram[3:] if not said.fullmatch(line)] == []


def test_json() -> None:
    """The documented shape; the entries are the file again."""
    path = FOLDER / "first-message.smtp"
    document = json.loads(exported("json", read(path)))
    assert document["smtp-transcript"] == 1
    assert ["title", "The first message"] in document["header"]
    assert {key for turn in document["turns"] for key in turn} == {
        "kind", "line", "side", "seconds", "verb", "code", "entries", "findings",
    }  # fmt: skip
    greeting, prose, hello = document["turns"][:3]
    assert (greeting["kind"], greeting["side"], greeting["code"], greeting["seconds"]) == (
        "reply",
        "S",
        220,
        0.002,
    )
    assert (prose["kind"], prose["side"]) == ("prose", None)
    assert (hello["kind"], hello["verb"], hello["code"]) == ("command", "EHLO", None)
    entries = [entry for turn in document["turns"] for entry in turn["entries"]]
    assert path.read_text().endswith("\n\n" + "\n".join(entries) + "\n")


def test_asciicast() -> None:
    """A header of version 2, times that never go back, and no escape sequence but our own colours."""
    header, *events = map(json.loads, exported("asciicast", HOSTILE).splitlines())
    assert (header["version"], header["timestamp"]) == (2, 1795512600)
    assert [time for time, _, _ in events] == sorted(time for time, _, _ in events)
    assert events[0][:2] == [0.01, "o"]
    text = "".join(shown for _, kind, shown in events if kind == "o")
    plain = re.sub(r"\x1b\[[0-9]{1,2}m", "", text).replace("\r\n", "\n")
    assert dangerous(plain) == set()
    assert "S: 250-mx.example.test \\x1b]0;owned" in plain


NOTES = [
    ("C: VRFY x\nS: 252 Ok\n", "# not repeated, line 7: VRFY x"),
    ("C: AUTH EXTERNAL =\nS: 235 Ok\n", "# not repeated, line 7: AUTH EXTERNAL, which swaks does not know"),
    ("C: AUTH PLAIN ${auth}\nS: 235 Ok\n", "# give user and password in the environment, as SWAKS_OPT_auth_user"),
    ("C: MAIL FROM:<a@b.test> SIZE=9\nS: 250 Ok\n", "# not repeated, line 7: MAIL's parameters SIZE=9"),
    ("C: RSET\nS~ 250 .*\n", "# not repeated, line 8: what is expected of the reply"),
    ("C: MAIL FROM:<${who}>\nS: 250 Ok\n", "# not repeated, line 7: a value to be given"),
]


@pytest.mark.parametrize(("lines", "note"), NOTES, ids=range(len(NOTES)))
def test_swaks_says_what_it_cannot_do(lines: str, note: str) -> None:
    """What is lost stands in a comment, with its line."""
    begun = "smtp-transcript: 1\n\nS: 220 mx\nC: EHLO c.example.test\nS: 250-mx\nS: 250 AUTH PLAIN EXTERNAL\n"
    assert note in exported("swaks", begun + lines)


OPTIONS = [
    ("server: lmtp+unix:///run/lmtp", "LHLO me", "--socket /run/lmtp"),
    ("server: smtps://mx.example.test", "EHLO me", "--port 465"),
    ("server: smtps://mx.example.test", "EHLO me", "--tls-on-connect"),
    ("server: mx.example.test:2525", "HELO me", "--protocol SMTP"),
    ("server: no such place", "HELO me", "# the transcript names no server, put yours behind --server"),
    ("server: mx.example.test", "HELO $(id)", "--ehlo '$(id)'"),
    ("server: mx.example.test", "HELO me", "--quit-after HELO"),
]


@pytest.mark.parametrize(("field", "hello", "option"), OPTIONS, ids=range(len(OPTIONS)))
def test_swaks_options(field: str, hello: str, option: str) -> None:
    """Where to, in which protocol, how far; quoted for the shell."""
    assert option in exported("swaks", f"smtp-transcript: 1\n{field}\n\nS: 220 mx\nC: {hello}\nS: 250 Ok\n")


def run(kind: str, path: Path, server: PracticeServer, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the export of a sample against a server, a user's credentials in the environment."""
    text = path.read_text().replace("\ntitle:", f"\nserver: {server.url}\ntitle:", 1)
    script = tmp_path / "script"
    script.write_text(exported(kind, text))
    user = USERS[0]
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(Path(smtpshell.__file__).parent.parent),
        "SWAKS_OPT_auth_user": user.name,
        "SWAKS_OPT_auth_password": user.password,
        "SMTPSHELL_USER": user.name,
        "SMTPSHELL_PASSWORD": user.password,
    }
    return subprocess.run(
        ["sh" if kind == "swaks" else sys.executable, str(script)],
        env=surroundings, cwd=tmp_path, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
    )  # fmt: skip


MESSAGES = [
    ("first-message", "teacher", b"Good morning!\r\n"),
    ("dot-stuffing", "teacher", b".hidden\r\n.\r\n..\r\n...and so on\r\nthe end\r\n"),
    ("bdat-chunks", "teacher", b"a\r\n.\r\n b\r\nlast!\r\n"),
    ("starttls-then-auth-plain", "friend@elsewhere.example", b"Bon voyage.\r\n"),
]


@pytest.mark.parametrize(("sample", "mailbox", "body"), MESSAGES, ids=[row[0] for row in MESSAGES])
@pytest.mark.parametrize("kind", ["swaks", "python"])
def test_it_runs(kind: str, sample: str, mailbox: str, body: bytes, tmp_path: Path) -> None:
    """The command line and the script deliver the very content of the transcript to the practice server."""
    if kind == "swaks" and shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    with PracticeServer() as server:
        finished = run(kind, FOLDER / f"{sample}.smtp", server, tmp_path)
        messages = server.mailboxes.mailbox(mailbox).messages
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert [message.content.partition(b"\r\n\r\n")[2] for message in messages] == [body]


PRACTICE = [
    path
    for path in SAMPLES
    if "practice" in read(path).header.words("tags") and redacted(read(path)) == read(path)
]


@pytest.mark.parametrize("path", PRACTICE, ids=lambda path: path.stem)
def test_the_script_finds_no_difference(path: Path, tmp_path: Path) -> None:
    """Every sample that the practice server can repeat is repeated by its script, with the codes expected."""
    with PracticeServer(lmtp="lmtp" in read(path).header.words("tags")) as server:
        finished = run("python", path, server, tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert USERS[0].password not in finished.stdout


def test_the_script_counts_differences(tmp_path: Path) -> None:
    """Another code than the recorded one shows in the exit status."""
    path = tmp_path / "x.smtp"
    path.write_text("smtp-transcript: 1\ntitle: x\n\nS: 220 mx\nC: EHLO c\nS: 550 no\nC: QUIT\nS* 221 *\n")
    with PracticeServer() as server:
        finished = run("python", path, server, tmp_path)
    assert (finished.returncode, "expected 550" in finished.stdout) == (1, True)


def test_the_script_takes_values_from_the_environment() -> None:
    """``${name}`` becomes a look into the environment, ``$${`` a literal."""
    script = exported("python", "smtp-transcript: 1\n\nC: MAIL FROM:<${who}> $${x}\nC= \\x00${auth}\nC: ${auth}\n")
    assert "b'MAIL FROM:<'\n        + os.environ['who'].encode()\n        + b'> ${x}\\r\\n'" in script
    assert "credentials.password.encode()" in script
    assert "+ answer(reply)" in script
    compile(script, "script", "exec")


def test_the_script_reads_content_kept_in_a_file() -> None:
    """Content beside the transcript is read there; content of which only the size is known cannot be sent."""
    content = "smtp-transcript: 1\n\nC: DATA\nS: 354 go on\n-- content octets=5{}\nS: 250 Ok\n"
    assert """open('big"', "rb").read()""" in exported("python", content.format(' file=big"'))
    with pytest.raises(UsageError, match="only the size"):
        exported("python", content.format(""))


def test_secrets_in_a_message_do_not_break_the_file() -> None:
    """What the redaction makes is a transcript still."""
    assert parse(write(redacted(parse(HOSTILE)))) == redacted(parse(HOSTILE))
