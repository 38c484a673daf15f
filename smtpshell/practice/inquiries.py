"""The questions a client may ask at any time: VRFY, EXPN, HELP."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from smtpshell.practice.mailboxes import BEHAVIOURS, DOMAIN, MAILBOXES, Mailboxes, MailboxRow
from smtpshell.practice.replies import reply
from smtpshell.practice.users import USERS
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.verbs import VERBS

__all__ = ["expn", "help_on", "vrfy"]


def vrfy(mailboxes: Mailboxes, argument: str) -> Reply:
    """Answer VRFY: who is meant by a mailbox, a local-part or a name (RFC 5321 3.5.1)."""
    name, utf8 = _split(argument)
    if not utf8 and not name.isascii():
        return reply("name needs SMTPUTF8")
    found = mailboxes.matching(name)
    if len(found) > 1:
        return _answer("ambiguous", found, utf8)
    if found:
        row = found[0]
        asked = BEHAVIOURS[row.behaviour].asked
        return _answer(asked, found, utf8) if asked == "user" else reply(asked, name=name, target=row.target)
    local = name.rpartition("@")[2].casefold() in (name.casefold(), DOMAIN)
    return reply("no such user" if local else "cannot verify", name=name)


def expn(mailboxes: Mailboxes, argument: str) -> Reply:
    """Answer EXPN: who is on a list (RFC 5321 3.5.1)."""
    name, utf8 = _split(argument)
    if not utf8 and not name.isascii():
        return reply("name needs SMTPUTF8")
    row = mailboxes.find(name)
    if row is None or row.behaviour == "unknown":
        return reply("no such user", name=name)
    if not row.members:
        return reply("not a list")
    return _answer("members", [mailboxes.mailbox(member).row for member in row.members], utf8)


def help_on(topic: str, heeded: Collection[str]) -> Reply:
    """Answer HELP: the verbs that are heeded, one verb's syntax, or with "practice" who lives here."""
    words = topic.upper()
    if not words:
        verbs = " ".join(verb for verb in VERBS if verb in heeded)
        text = f"Verbs: {verbs}\nHELP verb tells more; HELP practice tells who lives here"
    elif words == "PRACTICE":
        people = [f"{row.mailbox} {row.sentence}" for row in MAILBOXES]
        people += [f"AUTH user {user.name}, password {user.password}" for user in USERS]
        # HELP cannot ask for UTF-8 (RFC 6531 3.7.4.1).
        text = "\n".join(people).encode("ascii", "backslashreplace").decode()
    elif words in VERBS and words in heeded:
        verb = VERBS[words]
        text = f"{verb.syntax}\n{verb.purpose} ({verb.source})"
    else:
        return reply("no help")
    return reply("help", text=text)


def _split(argument: str) -> tuple[str, bool]:
    """Take the parameter SMTPUTF8 off the argument (RFC 6531 3.7.4.2)."""
    name, _, last = argument.rpartition(" ")
    utf8 = last.upper() == "SMTPUTF8" and bool(name)
    name = (name if utf8 else argument).strip()
    return (name[1:-1] if name.startswith("<") and name.endswith(">") else name), utf8


def _answer(name: str, rows: Iterable[MailboxRow], utf8: bool) -> Reply:
    entries = "\n".join(row.entry for row in rows)
    return reply(name, entries=entries) if utf8 or entries.isascii() else reply("answer needs SMTPUTF8")
