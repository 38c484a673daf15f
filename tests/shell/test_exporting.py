"""/export, and the subcommand made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.transcript.exporters import EXPORTERS
from tests.shell.support import Shell
from tests.transcript.hostile import HOSTILE

SAMPLE = str(Path(__file__).parent.parent.parent / "transcripts" / "first-message.smtp")


def test_it_is_shown(offline: Shell) -> None:
    """Without a file the export goes to the screen."""
    shown = offline.say(f"/export {SAMPLE} --to text")
    assert shown.startswith("S: 220 practice.example.test")
    assert shown.endswith("-- closed by server\n")


@pytest.mark.parametrize("kind", [*EXPORTERS, "html"])
def test_every_kind_is_written(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The subcommand writes a private file, does not replace one that is there, and does so on request."""
    file = tmp_path / "exported"
    arguments = ["export", SAMPLE, "--to", kind, "-o", str(file)]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"exported to {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_text()
    assert "client.example.test" in written
    assert main(arguments) == 2
    assert "this file exists" in capsys.readouterr().err
    file.write_text("old")
    assert main([*arguments, "--force"]) == 0
    assert file.read_text() == written


def test_every_kind_is_completed_and_described(offline: Shell) -> None:
    """Tab offers the kinds, and --help names them."""
    line = "/export x --to "
    offered = {candidate.text.strip() for candidate in offline.completions(line, len(line))}
    assert offered == {*EXPORTERS, "html"}
    described = offline.say("/help export")
    assert all(kind in described for kind in offered)


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the export is one event."""
    assert main(["export", SAMPLE, "--to", "markdown", "--json"]) == 0
    event = json.loads(capsys.readouterr().out)
    assert (event["event"], event["kind"]) == ("export", "markdown")
    assert event["text"].startswith("### The first message\n")


def test_an_unknown_kind_is_refused(offline: Shell) -> None:
    """In one line that names those there are."""
    assert "'pdf' is none of text, markdown, mermaid" in offline.say(f"/export {SAMPLE} --to pdf")


def test_a_bad_transcript_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its place, and nothing is written."""
    (tmp_path / "bad.smtp").write_text("smtp-transcript: 1\n\nX: what\n")
    target = tmp_path / "out"
    assert main(["export", str(tmp_path / "bad.smtp"), "--to", "html", "--output", str(target)]) == 2
    assert "bad.smtp:3:1" in capsys.readouterr().err
    assert not target.exists()


def test_secrets_of_the_session_do_not_pass(offline: Shell, tmp_path: Path) -> None:
    """What the shell knows to be secret is taken out, also where the file has it in clear."""
    offline.secrets.remember("hunter2-hunter2")
    (tmp_path / "x.smtp").write_text("smtp-transcript: 1\n\nS: 220 mx\nC: NOOP hunter2-hunter2\n")
    assert "hunter2" not in offline.say(f"/export {tmp_path / 'x.smtp'} --to text")


def test_a_hostile_server_does_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No control character of the conversation comes out, of any kind, asciicast's own colours included."""
    (tmp_path / "x.smtp").write_text(HOSTILE)
    for kind in [*EXPORTERS, "html"]:
        assert main(["export", str(tmp_path / "x.smtp"), "--to", kind]) == 0
        shown = capsys.readouterr().out
        assert [character for character in shown if not (character.isprintable() or character in "\n\t")] == []
