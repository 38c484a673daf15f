"""Secrets: remembered in every form, replaced wherever they come back."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import AuthResponse
from smtpshell.protocol.events import CommandSent, ContinuationRequested, Wanted
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.transcript.redaction import Secrets

PLAIN = base64.b64encode(b"\0student\0s3cret-Pass").decode()


def sent(line: str, *, answer: bool = False) -> CommandSent:
    """Make the event of a line sent; an answer is secret as a whole."""
    octets = f"{line}\r\n".encode()
    command = AuthResponse(line) if answer else parse(octets)
    return CommandSent(octets=octets, command=command, secret=secret_span(command, octets))


def asked(challenge: str) -> ContinuationRequested:
    """Make the event of a 334 with this challenge, encoded here."""
    encoded = base64.b64encode(challenge.encode()).decode()
    return ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge=encoded)


FORMS = ["s3cret-Pass", base64.b64encode(b"s3cret-Pass").decode(), PLAIN, "\0student\0s3cret-Pass"]


@pytest.mark.parametrize("form", FORMS)
def test_plain_is_known_in_every_form(form: str) -> None:
    """After AUTH PLAIN the password, its base64 and the whole response are taken out of anything."""
    secrets = Secrets()
    secrets.observe(sent(f"AUTH PLAIN {PLAIN}"))
    assert secrets.redact_text(f"535 no: <{form}>!") == "535 no: <${auth}>!"
    assert secrets.redact_octets(b"\xff" + form.encode()) == b"\xff${auth}"


def test_login_hides_the_password_and_leaves_the_user_alone() -> None:
    """LOGIN's user name may stand in MAIL; what was sent for it, and the password, may stand nowhere."""
    secrets = Secrets()
    user, password = (base64.b64encode(word).decode() for word in (b"student@example.test", b"hunter22"))
    for event in (sent("AUTH LOGIN"), asked("Username:"), sent(user, answer=True)):
        secrets.observe(event)
    for event in (asked("Password:"), sent(password, answer=True)):
        secrets.observe(event)
    kept = secrets.redact_text(f"student@example.test {user} {password} hunter22")
    assert kept == "student@example.test ${auth} ${auth} ${auth}"


def test_a_bearer_token_is_known() -> None:
    """The token inside XOAUTH2 is a secret of its own."""
    secrets = Secrets()
    secrets.observe(sent("AUTH XOAUTH2 " + base64.b64encode(b"user=a@b\1auth=Bearer ya29.token\1\1").decode()))
    assert secrets.redact_text("334 invalid ya29.token") == "334 invalid ${auth}"


def test_the_longest_goes_first() -> None:
    """A secret inside a longer one leaves no remains."""
    secrets = Secrets()
    secrets.remember("abc")
    secrets.remember("xabcx")
    assert secrets.redact_text("xabcx abc") == "${auth} ${auth}"


def test_what_is_too_short_stays() -> None:
    """Two octets, or blanks, hide nothing and would be found everywhere."""
    secrets = Secrets()
    secrets.remember("ab")
    secrets.remember("    ")
    assert secrets.redact_text("ab     cab") == "ab     cab"


SECRET = st.binary(min_size=3, max_size=6).filter(lambda octets: len(octets.strip()) >= 3)

LINES = [
    (f"AUTH PLAIN {PLAIN}", "AUTH PLAIN ${auth}"),
    (f"auth  plain   {PLAIN}  ", "auth  plain   ${auth}  "),
    ("AUTH LOGIN", "AUTH LOGIN"),
    ("AUTH PLAIN =", "AUTH PLAIN ="),
    ("AUTH PLAIN two words", "AUTH PLAIN ${auth}"),
    ("MAIL FROM:<a@b> AUTH=<>", "MAIL FROM:<a@b> AUTH=<>"),
    ("/auth plain student s3cret-Pass", "/auth plain student ${auth}"),
]


@pytest.mark.parametrize(("line", "kept"), LINES)
def test_a_typed_line_is_fit_for_history(line: str, kept: str) -> None:
    """An initial response goes even when it was never sent; so does what is remembered."""
    secrets = Secrets()
    secrets.remember("s3cret-Pass")
    assert secrets.redact_line(line) == kept


@given(st.lists(SECRET, min_size=1), st.binary(), st.binary())
def test_nothing_remembered_remains(known: list[bytes], before: bytes, behind: bytes) -> None:
    """Whatever surrounds a secret, its segments are marked and the octets are all there."""
    secrets = Secrets()
    for secret in known:
        secrets.remember(secret)
    octets = before + known[0] + behind
    segments = list(secrets.segments(octets))
    assert b"".join(piece for piece, _ in segments) == octets
    assert any(secret for _, secret in segments)
    assert not any(secrets.found_in(piece) for piece, secret in segments if not secret)


@given(SECRET, st.integers(0, 8))
def test_a_safe_length_cuts_no_secret(secret: bytes, begun: int) -> None:
    """Octets are held back as long as they may be the beginning of a secret."""
    secrets = Secrets()
    secrets.remember(secret)
    whole = b"x" * 20 + secret + b"y" * 20
    octets = whole[: 20 + begun]
    length = secrets.safe_length(octets)
    assert secrets.redact_octets(whole[:length]) + secrets.redact_octets(whole[length:]) == (
        secrets.redact_octets(whole)
    )
