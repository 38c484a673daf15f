"""What a lesson does with what is typed: judges it by the wire, helps, goes back, keeps the progress."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, TranscriptSyntaxError, UsageError
from smtpshell.practice import PracticeServer
from smtpshell.protocol.command_parser import parse
from smtpshell.shell.declaration.command import load_commands
from smtpshell.shell.learning.hints import hints_for, typed_form
from smtpshell.shell.learning.judging import content_problem, same_command
from smtpshell.shell.learning.lesson import read_lesson
from smtpshell.shell.learning.progress import Progress, progress_path
from smtpshell.shell.learning.shelf import find, shelved
from tests.shell.learning import Learner

HEAD = "smtp-transcript: 1\ntitle: Mine\n"
BODY = """
# An intro.
S: 220 practice.example.test
# Say hello.
# hint: it has four letters
C: EHLO me
S: 250 x
C: QUIT
S: 221 bye
"""


@pytest.fixture
def learner() -> Iterator[Learner]:
    """Give somebody at a prompt, not connected."""
    learner = Learner()
    yield learner
    learner.close()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Give a teacher's lesson in a file."""
    path = tmp_path / "mine.smtp"
    path.write_text(HEAD + BODY)
    return path


# ---------------------------------------------------------------- judging

# what the lesson has, what is typed, whether it is the same; then with MAIL and RCPT the learner's own
COMMANDS = [
    ("EHLO me.example.test", "ehlo   somebody", True, True),
    ("EHLO me.example.test", "HELO me.example.test", False, False),
    ("EHLO me.example.test", "LHLO me.example.test", False, False),
    ("MAIL FROM:<a@b.test>", "mail from:<a@B.TEST>", True, True),
    ("MAIL FROM:<a@b.test>", "MAIL FROM: <a@b.test>", True, True),
    ("MAIL FROM:<a@b.test>", "MAIL FROM:<c@b.test>", False, True),
    ("MAIL FROM:<a@b.test>", "MAIL FROM:<a@b.test> SMTPUTF8", False, False),
    ("MAIL FROM:<a@b.test> RET=HDRS ENVID=x", "MAIL FROM:<a@b.test> ENVID=x RET=HDRS", True, True),
    ("MAIL FROM:<a@b.test> RET=HDRS ENVID=x", "MAIL FROM:<a@b.test> ENVID=y RET=HDRS", False, False),
    ("MAIL FROM:<a@b.test> SIZE=1000", "MAIL FROM:<a@b.test> SIZE=7", True, True),
    ("RCPT TO:<a@b.test>", "RCPT TO:<c@d.test>", False, True),
    ("RCPT TO:<a@b.test>", "MAIL FROM:<a@b.test>", False, False),
    ("DATA", "data", True, True),
    ("DATA", "DATA now", False, False),
    ("BDAT 15", "BDAT 3", True, True),
    ("BDAT 15", "BDAT 15 LAST", False, False),
    ("AUTH PLAIN", "auth plain", True, True),
    ("AUTH PLAIN", "AUTH PLAIN AGEAYg==", False, False),
    ("AUTH PLAIN", "AUTH LOGIN", False, False),
    ("VRFY Smith", "VRFY Jones", False, False),
    ("QUIT", "NONSENSE", False, False),
]


@pytest.mark.parametrize(("expected", "typed", "same", "same_of_own"), COMMANDS)
def test_a_command_is_the_same_in_meaning(expected: str, typed: str, same: bool, same_of_own: bool) -> None:
    """Case, blanks, order and names are the learner's; paths only where the lesson says so."""
    octets, command = f"{expected}\r\n".encode(), parse(f"{typed}\r\n".encode())
    assert same_command(octets, command, frozenset()) is same
    assert same_command(octets, command, frozenset({"MAIL", "RCPT"})) is same_of_own


# what the lesson has, what is typed, whether header fields come there, what is said
CONTENT = [
    ("Subject: a", "subject: other", True, ""),
    ("Subject: a", "Subject : other", True, ""),
    ("Subject: a", "Sjubect: a", True, "the header field Subject: comes here"),
    ("Subject: a", "", True, "the header field Subject: comes here"),
    ("Note: this is text", "whatever", False, ""),
    ("", "", True, ""),
    ("", "text", True, "an empty line ends the header fields"),
    ("text", "other", False, ""),
    ("text", "", False, "some text comes here"),
    ("..dot", "..other", False, ""),
    ("..dot", "no dot", False, "begins with a dot"),
    (".", "text", False, "nothing but a dot ends the message"),
    (".", "..", False, "nothing but a dot ends the message"),
]


@pytest.mark.parametrize(("expected", "typed", "in_header", "said"), CONTENT)
def test_a_line_of_content_is_of_the_same_kind(expected: str, typed: str, in_header: bool, said: str) -> None:
    """The words are the learner's, but a field is a field, an empty line empty, a dot a dot."""
    problem = content_problem(f"{expected}\r\n".encode(), f"{typed}\r\n".encode(), in_header=in_header)
    assert said in problem
    assert bool(problem) is bool(said)


# ---------------------------------------------------------------- hints


def test_hints_are_made_of_the_tables_where_the_lesson_has_none() -> None:
    """A nudge, the verb with its syntax, the line; a lesson's own come first."""
    lesson = read_lesson((HEAD + BODY).encode(), "mine.smtp", "mine")
    assert hints_for(lesson, lesson.tasks[0], 0) == [
        "it has four letters",
        "it is written EHLO domain; RFC 5321 4.1.1.1",
        "type: EHLO me",
    ]
    nudge, syntax, line = hints_for(lesson, lesson.tasks[1], 0)
    assert nudge.startswith("what is wanted is the command to ")
    assert "QUIT" not in nudge
    assert (syntax[:19], line) == ("it is written QUIT;", "type: QUIT")


def test_an_unknown_verb_has_hints_too() -> None:
    """What is in no table points at what was said."""
    text = HEAD + "\nS: 220 x\nC: XYZZY\nS: 500 what\nC: AUTH X\nS: 334 \nC: ?\nS: 501 no\n"
    lesson = read_lesson(text.encode(), "mine.smtp", "mine")
    assert hints_for(lesson, lesson.tasks[0], 0) == [
        "look again at what was said last: the line to type stands there",
        "type: XYZZY",
    ]
    assert typed_form(lesson.tasks[2], 0) == ["?"]


TALK = """
S: 220 x
C: AUTH PLAIN
S: 334
C: AGEAYg==
S: 235 x
C: DATA
S: 354 x
C: Subject: x
C:
C: ..text
C: .
S: 250 x
"""


def test_content_and_logins_have_hints_too() -> None:
    """What is typed, not what goes over the wire: no added dot, no base64."""
    lesson = read_lesson((HEAD + TALK).encode(), "mine.smtp", "mine")
    _, answer, _, content = lesson.tasks
    assert hints_for(lesson, answer, 0) == [
        "the server waits for your credentials; type them as they are, the shell encodes them",
        "type: a\ntype: b",
    ]
    assert [hints_for(lesson, content, line)[-1] for line in range(4)] == [
        "type: Subject: x",
        "type: (nothing: just press Enter)",
        "type: .text",
        "type: .",
    ]
    assert "the words are yours" in hints_for(lesson, content, 0)[0]
    assert "the message is complete" in hints_for(lesson, content, 3)[0]


def test_where_own_addresses_will_do_the_hint_says_so() -> None:
    """The line of the lesson is an example there."""
    first = shelved()[0].read()
    assert hints_for(first, first.tasks[1], 0)[-1].endswith("(an address of your own in the <> will do as well)")


# ---------------------------------------------------------------- a lesson's file

WRONG = [
    ("S: 220 x\nC~ EHLO .*\nS: 250 x\n", (5, 2), "expected C:, found C~; the field own"),
    ("S: 220 x\nC: EHLO x\nS: 250 x\nC: ${auth}\nS: 235 x\n", (7, 4), "cannot ask for ${auth}"),
    ("S: 220 x\n# nothing to do\n", (5, 1), "expected a C: line"),
    ("C: EHLO x\nS: 250 x\n", (4, 1), "expected the server's greeting first"),
    ("S: 220 x\nC: EHLO x\n", (5, 1), "expected the server's reply to this"),
    ("S: 220 x\nC: EHLO x\nS: 250 x\nX: what\n", (7, 1), "expected C or S"),
    ("S: 220 x\nC: DATA\nS: 354 x\nC: Subject: x\n", (7, 1), "expected the end of the content"),
    ("S: 220 x\nC: DATA\nS: 354 x\n-- content octets=5 file=x\nS: 250 x\n", (7, 1), "content line by line"),
    ("S: 220 x\nC: EHLO x\nS: 250 x\nC: QUIT\nS: 221 x\nX", (9, 1), "expected C or S"),
]


@pytest.mark.parametrize(("body", "place", "said"), WRONG)
def test_what_is_wrong_with_a_lesson_is_said_with_its_place(body: str, place: tuple[int, int], said: str) -> None:
    """One line: path, line, column, what was expected."""
    with pytest.raises(TranscriptSyntaxError) as caught:
        read_lesson(f"{HEAD}\n{body}".encode(), "mine.smtp", "mine")
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value).startswith(f"mine.smtp:{place[0]}:{place[1]}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "column", "said"),
    [
        ("own: MAIL, DATA", 6, "expected MAIL or RCPT, found DATA"),
        ("practice: sulk", 11, "'sulk' is no mischief"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_with_its_place(field: str, column: int, said: str) -> None:
    """The field's line, and where its value begins."""
    with pytest.raises(TranscriptSyntaxError, match=rf"\Amine.smtp:3:{column}: ") as caught:
        read_lesson((HEAD + field + "\n" + BODY).encode(), "mine.smtp", "mine")
    assert said in str(caught.value)


def test_a_lesson_without_line_end_or_title_is_one() -> None:
    """A last line need not end, and a lesson without title is called by its key."""
    lesson = read_lesson(b"smtp-transcript: 1\n\nS: 220 x\nC: QUIT\nS: 221 x", "mine.smtp", "mine")
    assert (lesson.title, len(lesson.tasks)) == ("mine", 1)


# ---------------------------------------------------------------- where lessons are


def test_a_lesson_is_found_by_name_number_and_path(mine: Path) -> None:
    """Leading noughts do not matter; what has a slash or the suffix is a path."""
    assert {find(name).name for name in ("1", "01", "first-mail", "01-first-mail")} == {"01-first-mail"}
    assert find(str(mine)).read().title == "Mine"
    with pytest.raises(UsageError, match="there is no lesson 'juggling'; /lessons lists them"):
        find("juggling")
    with pytest.raises(UsageError, match=r"nothing\.smtp: No such file"):
        find("./nothing.smtp").read()


def test_a_folder_of_lessons_stands_behind_ours(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lessons are found by name, and their progress is kept by path; one that cannot be read is listed so."""
    monkeypatch.setenv("SMTPSHELL_LESSONS", str(mine.parent))
    assert shelved()[-1].name == "mine"
    assert find("mine").key == str(mine.resolve())
    (mine.parent / "zzz.smtp").write_text("no transcript\n")
    learner = Learner()
    said = learner.type("/lessons")
    assert "    mine " in said
    assert f"zzz                    cannot be read: {mine.parent}/zzz.smtp:1:1: " in said
    type_ = load_commands()["learn"].positionals[0].type
    assert dict(type_.complete("", learner))["mine"] == "Mine"
    learner.close()


def test_a_setting_names_a_folder_too(mine: Path, learner: Learner) -> None:
    """And the lesson is found there by its name, also after others."""
    learner.type(f"/set lessons {mine.parent}", "/learn mine", "EHLO me")
    assert "Well done! That was “Mine”." in learner.type("QUIT")
    assert "  ✓ mine " in learner.type("/lessons")


def test_a_folder_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, learner: Learner) -> None:
    """One line; completion keeps quiet."""
    monkeypatch.setenv("SMTPSHELL_LESSONS", "/nonexistent")
    assert "/nonexistent: no lessons there: No such file" in learner.type("/lessons")
    assert list(load_commands()["learn"].positionals[0].type.complete("", learner)) == []


# ---------------------------------------------------------------- progress


def test_progress_is_kept_and_taken_up(learner: Learner) -> None:
    """What is done has a tick, and /learn goes on where one stopped, then with the next."""
    assert "✓" not in learner.type("/lessons")
    learner.type("/learn", "EHLO me", "/quit")
    assert "  → 01-first-mail" in learner.type("/lessons")
    path = progress_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"version": 1, "done": [], "at": "01-first-mail"}
    later = Learner()
    later.type("/learn", *["/skip"] * 6)
    assert "Next: 02-refusals" in later.text
    assert "  ✓ 01-first-mail" in later.type("/lessons")
    assert "Lesson 02-refusals" in later.type("/learn")
    later.close()


def test_when_all_is_done_the_first_comes_again(learner: Learner) -> None:
    """And behind the last lesson none is promised."""
    progress = Progress(pytest.fail)
    for one in shelved():
        progress.finish(one.key)
    assert "Lesson 01-first-mail" in learner.type("/learn")
    assert "That was the last lesson." in learner.type("/learn 14", *["/skip"] * 14)


@pytest.mark.parametrize(
    "kept", ["{", "[]", '{"version": 2, "done": [], "at": ""}', '{"version": 1, "done": [1], "at": ""}']
)
def test_a_file_that_cannot_be_read_is_left_alone(learner: Learner, kept: str) -> None:
    """It is said, the lesson goes on, and the file stays as it is."""
    progress_path().write_text(kept)
    said = learner.type("/learn 1")
    assert "cannot be read" in said
    assert "Lesson 01-first-mail" in said
    assert progress_path().read_text() == kept


def test_a_place_that_cannot_be_written_costs_no_lesson(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is said once."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "below", Path("/proc/smtpshell")):
        monkeypatch.setenv("SMTPSHELL_DATA", str(folder))
        said = learner.type("/learn 1", *["/skip"] * 6)
        assert said.count("progress is not kept") == 1
        assert "Well done!" in said


# ---------------------------------------------------------------- a lesson under way


def test_a_wrong_line_goes_to_the_server_and_is_explained(learner: Learner) -> None:
    """The server's answer, what it means, that another line is wanted."""
    said = learner.type("/learn 1", "DATA")
    assert "503 5.5.1 DATA is not due now" in said
    assert "The server answered 503: " in said
    assert said.endswith("The lesson waits for\nanother line.\nTry again, or type /hint.\n")


def test_the_right_line_with_the_wrong_answer_is_explained(learner: Learner) -> None:
    """What the server did not like, what usually causes that, what the lesson needs."""
    said = learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<nobody@example.test>")
    assert "Usual causes: an unknown recipient" in said.replace("\n", " ")
    assert "The lesson needs a 250 here." in said.replace("\n", " ")
    assert "DATA" not in learner.type("RCPT TO:<none@example.test>")
    assert "    DATA" in learner.type("RCPT TO:<student@example.test>")


def test_leaving_the_path_leads_back_to_where_one_was(learner: Learner) -> None:
    """The lesson says all up to there again, out of sight, and tells again what is due."""
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>")
    said = learner.type("QUIT")
    assert "221 2.0.0" in said
    assert "the conversation is begun anew, up to where" in said
    assert "reverse-path" not in said.lower()
    assert "    RCPT TO:<teacher@example.test>" in said
    assert "    DATA" in learner.type("RCPT TO:<teacher@example.test>")


def test_a_connection_that_is_closed_is_opened_again(learner: Learner) -> None:
    """/close and /drop too lead back."""
    learner.type("/learn 2", "EHLO me", "MAIL FROM:<student@example.test>")
    assert "begun anew, up to where" in learner.type("/close")
    assert learner.connected
    assert "550 5.1.1" in learner.type("RCPT TO:<nobody@example.test>")


def test_lessons_of_the_shell_itself_count(learner: Learner) -> None:
    """/starttls says STARTTLS and EHLO: what went over the wire is what is judged."""
    said = learner.type("/learn 6", "EHLO me", "/starttls")
    assert "-- tls" in said
    assert "STARTTLS is gone from the list" in said
    assert "Well done!" in learner.type("STARTTLS", "QUIT")


def test_a_pipelined_group_counts_and_one_by_one_is_told(learner: Learner) -> None:
    """Lines in one write pass together; those sent apart pass as well, with a remark."""
    group = [
        "MAIL FROM:<student@example.test>",
        "RCPT TO:<teacher@example.test>",
        "RCPT TO:<nobody@example.test>",
        "DATA",
    ]
    said = learner.type("/learn 8", "EHLO me", "/pipeline", *group, "/end")
    assert "Four answers at once" in said
    assert "/pipeline sends lines together" not in said
    said = learner.type("/learn 8", "EHLO me", *group)
    assert said.replace("\n", " ").count("/pipeline sends lines together.") == 1
    assert "Four answers at once" in said


def test_a_group_that_fails_in_its_middle_leads_back(learner: Learner) -> None:
    """What was said behind the wrong line does not count."""
    said = learner.type("/learn 8", "EHLO me", '/pipeline "MAIL FROM:<student@example.test>" "RCPT TO:<x>" NOOP')
    assert "The server answered 501" in said
    assert "The server answered 250: done. That was not what" in said
    assert "begun anew" not in said
    learner.type("RCPT TO:<teacher@example.test>", "RCPT TO:<nobody@example.test>", "DATA")
    assert learner.mode == "content"


def test_content_that_was_ended_early_is_fine(learner: Learner) -> None:
    """A message may be shorter than the lesson's."""
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>", "DATA")
    said = learner.type("Subject: x", ".")
    assert "You ended the message sooner than the lesson does; that is fine." in said
    assert "    QUIT" in said


def test_content_that_was_refused_leads_back_to_it(learner: Learner) -> None:
    """Where the lesson needs a 250 behind the dot, and another answer came, DATA is said again."""
    learner.type("/learn 1", "/practice once fail CONTENT 452", "EHLO me", "MAIL FROM:<me@example.test>")
    said = learner.type("RCPT TO:<teacher@example.test>", "DATA", "Subject: x", "", "text", ".")
    assert "The server answered 452" in said
    assert learner.mode == "content"
    assert "    QUIT" in learner.type("Subject: x", "", "text", ".")


def test_in_a_message_commands_of_the_shell_still_work(learner: Learner) -> None:
    """/hint and its like are no content in a lesson, what looks like a path is."""
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>", "DATA")
    assert "Hint: begin with the word Subject" in learner.type("/hint")
    assert "354" in learner.type("/explain 354")
    assert "there is no setting" in learner.type("Subject: x", "", "/etc/passwd", "/set nothing")
    assert learner.practice
    learner.type(".")
    (message,) = learner.practice.mailboxes.mailbox("teacher").messages
    assert message.content == b"Subject: x\r\n\r\n/etc/passwd\r\n"


def test_a_file_as_content_counts(learner: Learner, tmp_path: Path) -> None:
    """/data sends it whole; what is wrong with its lines is said once."""
    (tmp_path / "message.eml").write_text("Subject: x\n\n" + "text\n" * 100)
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>")
    said = learner.type(f"/data {tmp_path / 'message.eml'}")
    assert said.replace("\n", " ").count("That line is part of the message now.") == 1
    assert "    QUIT" in said


def test_in_a_login_hints_work_and_a_wrong_password_leads_back(learner: Learner) -> None:
    """The answer is judged by the reply to it."""
    learner.type("/learn 7", "EHLO me", "STARTTLS", "EHLO me", "MAIL FROM:<student@example.test>")
    learner.type("RCPT TO:<friend@example.org>", "RSET", "AUTH PLAIN")
    assert "first the user, student" in learner.type("/hint")
    assert "The server answered 535" in learner.type("student", "wrong")
    assert learner.mode == "auth"
    assert "235: you are in" in learner.type("student", "first-lesson")


def test_a_chunk_of_another_size_counts_and_can_be_skipped(learner: Learner) -> None:
    """What is skipped fills the chunk that was announced."""
    learner.type("/learn 9", "EHLO me", "MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>")
    assert "exactly these 11 characters" in learner.type("BDAT 40", "/hint")
    said = learner.type("/skip")
    assert "250 2.0.0 Chunk taken, 40 octets" in said
    assert "BDAT 10 LAST" in said
    assert "Well done" in learner.type("BDAT 3 LAST", "x", "QUIT")


def test_a_chunk_the_lesson_does_not_want_leads_back(learner: Learner) -> None:
    """Instead of waiting for octets nobody asked for."""
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>")
    assert "begun anew" in learner.type("BDAT 1000")
    assert learner.mode == "command"
    assert "354 " in learner.type("DATA")


def test_quit_leaves_and_other_commands_need_a_lesson(learner: Learner) -> None:
    """/quit ends the shell in the middle of anything."""
    for line in ("/hint", "/skip"):
        assert "there is no lesson under way; /learn begins one" in learner.type(line)
    learner.type(
        "/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>", "DATA", "/quit"
    )
    assert learner.finished
    assert not learner.connected


def test_a_lesson_does_not_close_somebody_elses_connection(learner: Learner) -> None:
    """It takes the place of one to the practice server; one to another server stays, and can be gone back to."""
    with PracticeServer() as other:
        learner.type(f"/connect {other.url}", "EHLO me", "/learn 1", "EHLO me")
        theirs, ours = learner.conversations
        assert (theirs.connected, ours.connected) == (True, True)
        assert "250 2.1.0" in learner.type("/switch 1", "MAIL FROM:<>")
        assert "MAIL FROM:<me@example.test>" in learner.type("/switch 2", *["/hint"] * 3)
        assert "The teacher has a mailbox here" in learner.type("MAIL FROM:<me@example.test>")
        learner.type("/switch 1", "/close")
    learner.type("/switch 2", "/learn 2")
    assert [each.connected for each in learner.conversations] == [True]


def test_a_lesson_takes_the_place_of_the_practice_server(learner: Learner) -> None:
    """Who sits at the practice server goes on in the same session."""
    learner.open(None)
    learner.type("EHLO me", "/learn 1", "EHLO me")
    assert [each.connected for each in learner.conversations] == [True]
    assert learner.learning


def test_a_message_that_is_dropped_is_begun_anew(learner: Learner) -> None:
    """Ctrl-C in the middle of one can close the connection; the lesson goes on from DATA."""
    learner.type("/learn 1", "EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<teacher@example.test>", "DATA")
    learner.type("Subject: x")
    learner.abort_content()
    learner.wait()
    assert learner.mode == "content"
    assert "The connection is gone, so the conversation is begun anew" in learner.text
    assert "    QUIT" in learner.type("Subject: x", "", "text", ".")


def test_a_server_that_goes_away_is_started_again(learner: Learner) -> None:
    """Even where nobody said anything."""
    learner.type("/learn 1", "EHLO me", "/practice once close")
    assert "250 2.1.0" in learner.type("NOOP", "MAIL FROM:<me@example.test>")


def test_a_lesson_that_cannot_go_on_says_so(learner: Learner, mine: Path) -> None:
    """Where going back does not lead to where one was, the lesson ends, and nothing is repeated for ever."""
    mine.write_text(HEAD + "practice: once fail NOOP 450\n\nS: 220 x\nC: NOOP\nS: 250 x\nC: QUIT\nS: 221 x\n")
    learner.type(f"/learn {mine}", "NOOP", "NOOP")
    said = learner.type("EHLO x")
    assert f"the lesson cannot go on from here: the server answers otherwise now; /learn {mine}" in said
    assert not learner.learning
    assert learner.exit_status == ExitStatus.USAGE


def test_a_malformed_lesson_is_one_line(learner: Learner, mine: Path) -> None:
    """Path, line, column; no lesson begins."""
    mine.write_text(HEAD + BODY + "nonsense\n")
    said = learner.type(f"/learn {mine}")
    assert said.startswith(f"{mine}:12:1: expected C or S")
    assert said.count("\n") == 1
    assert not learner.learning
    assert not learner.connected


def test_hostile_prose_is_shown_not_obeyed(learner: Learner, mine: Path) -> None:
    """A lesson from somewhere cannot steer the terminal."""
    mine.write_text(HEAD + BODY.replace("An intro.", "An \x1b[2J intro \u202e."))
    assert "An \\x1b[2J intro \\u202e." in learner.type(f"/learn {mine}")


def test_the_toolbar_tells_the_place(learner: Learner) -> None:
    """Which of how many tasks."""
    learner.type("/learn 1", "EHLO me")
    assert ("toolbar", " lesson 2/6 ") in learner.toolbar()


def test_the_lesson_in_the_readme_is_one(learner: Learner, mine: Path) -> None:
    """What a teacher copies from there can be played."""
    readme = Path(__file__, "../../../README.md").resolve().read_text("utf-8")
    (text,) = re.findall(r"```\n(smtp-transcript: 1\ntitle: Who is there.*?)```", readme, re.DOTALL)
    mine.write_text(text)
    said = learner.type(f"/learn {mine}", "VRFY teacher", "VRFY teacher", "QUIT")
    assert "Told at the end." in said
    assert "to ask for a user" in said
    assert "Try again" not in said
