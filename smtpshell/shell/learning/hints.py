"""Hints, little by little: a nudge, then how it is written, then the whole line.

A lesson's own hints come first; what it does not have is made of the table of verbs.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from typing import Final

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.verbs import VERBS
from smtpshell.shell.learning.judging import END
from smtpshell.shell.learning.lesson import Lesson, Task

__all__ = ["cue", "hints_for", "typed_form"]


_CUES: Final = {b"\r\n": "Now an empty line.", END: "A lone dot ends the message."}


def hints_for(lesson: Lesson, task: Task, line: int) -> list[str]:
    """Give all hints for one line of a task, the weakest first; the last one is the line itself."""
    said = task.said[line]
    given = list(said.hints)
    if task.kind == "command" and line == 0:
        given += _of_verb(said.octets)[len(given) :]
    elif not given:
        given.append(_of_text(task, line))
    whole = [f"type: {text}" for text in typed_form(task, line)]
    if task.kind == "command" and line == 0 and _verb(said.octets) in lesson.own:
        whole.append("(an address of your own in the <> will do as well)")
    return [*given, "\n".join(whole)]


def cue(task: Task, line: int) -> tuple[str, ...]:
    """Give what is told before a line of the content about which the lesson says nothing itself."""
    octets = task.said[line].octets
    if task.kind != "content" or line == 0:
        return ()
    return (_CUES.get(octets, "Then a line of text."),)


def _of_verb(octets: bytes) -> list[str]:
    row = VERBS.get(_verb(octets))
    if row is None:
        return ["look again at what was said last: the line to type stands there"]
    purpose = row.purpose[0].lower() + row.purpose[1:].rstrip(".")
    return [f"what is wanted is the command to {purpose}", f"it is written {row.syntax}; {row.source}"]


def _verb(octets: bytes) -> str:
    return parse(octets).move.partition(" ")[0]


def _of_text(task: Task, line: int) -> str:
    if task.kind == "auth":
        return "the server waits for your credentials; type them as they are, the shell encodes them"
    if task.kind == "content" and task.said[line].octets == END:
        return "the message is complete; tell the server that this was all of it"
    return "this is a line of your message; the words are yours"


def typed_form(task: Task, line: int) -> list[str]:
    """Give what is to be typed for a line on the wire: without added dots, credentials in plain text."""
    octets = task.said[line].octets.removesuffix(b"\r\n")
    if task.kind == "auth":
        try:
            decoded = b64decode(octets, validate=True)
        except Error:
            return [_text(octets)]
        # RFC 4616 2: whom to act as, NUL, user, NUL, password; the shell asks for the last two.
        return [_text(part) for part in decoded.split(b"\0")[-2:]]
    if task.kind == "content" and octets.startswith(b".."):
        octets = octets[1:]
    return [_text(octets)] if octets else ["(nothing: just press Enter)"]


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
