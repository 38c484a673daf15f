"""Advice: everything that can be explained has a cause and a remedy, and each wording finds its own row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from smtpshell.protocol.advice import Advice
from smtpshell.protocol.advice.answers import ANSWERS
from smtpshell.protocol.advice.certificates import CERTIFICATE_PROBLEMS, certificate_problem
from smtpshell.protocol.advice.enhanced_codes import ENHANCED_CODES
from smtpshell.protocol.advice.extensions import EXTENSION_ADVICE
from smtpshell.protocol.advice.mechanisms import MECHANISM_ADVICE
from smtpshell.protocol.advice.parameters import PARAMETER_ADVICE
from smtpshell.protocol.advice.rules import RULE_ADVICE
from smtpshell.protocol.advice.states import STATES
from smtpshell.protocol.advice.texts import TEXTS, KnownText, known_texts
from smtpshell.protocol.advice.vendor_codes import VENDOR_CODES, VendorCode, vendor_codes
from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.enhanced_status_codes import DETAILS
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.findings import RULES
from smtpshell.protocol.parameters import PARAMETERS, check
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.reply_codes import REPLY_CODES
from smtpshell.protocol.sasl import MECHANISMS
from smtpshell.protocol.sequences import SEQUENCES, is_listed
from smtpshell.protocol.states import State

# table of advice -> what it must be complete for
COMPLETE: dict[str, tuple[Mapping[Any, Advice], set[Any]]] = {
    "enhanced codes": (ENHANCED_CODES, {*DETAILS}),
    "findings": (RULE_ADVICE, {*RULES}),
    "extensions": (EXTENSION_ADVICE, {*EXTENSIONS}),
    "parameters": (PARAMETER_ADVICE, {*PARAMETERS}),
    "states": (STATES, {*State}),
}

ROWS: list[tuple[str, Advice]] = [
    *((f"{table} {key}", row) for table, (rows, _) in COMPLETE.items() for key, row in rows.items()),
    *((f"mechanism {name}", row) for name, row in MECHANISM_ADVICE.items()),
    *((f"{code} to {verb}", row) for (verb, code), row in ANSWERS.items()),
    *((f"certificate {row.name}", row) for row in CERTIFICATE_PROBLEMS),
    *((f"text {row.name}", row) for row in TEXTS),
    *((f"{row.vendor} {row.subject}.{row.first}", row) for row in VENDOR_CODES),
]


@pytest.mark.parametrize("table", COMPLETE)
def test_everything_has_its_row(table: str) -> None:
    """Each enhanced code, finding, extension, parameter and state has advice, and nothing else has."""
    rows, wanted = COMPLETE[table]
    assert set(rows) == wanted


def test_every_mechanism_we_speak_has_its_row() -> None:
    """Mechanisms that we speak have advice; others that servers offer may have it as well."""
    assert set(MECHANISMS) <= set(MECHANISM_ADVICE)


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[name for name, _ in ROWS])
def test_every_row_says_why_and_what_to_do(row: Advice) -> None:
    """Cause and remedy are clauses of a few words; a source names a document or whose word it is."""
    assert 3 < len(row.cause) <= 190
    assert 3 < len(row.remedy) <= 150
    for text in (row.cause, row.remedy, row.source, getattr(row, "meaning", "")):
        assert text == text.strip()
        assert not text.endswith(".") or text.endswith("'.'")
        assert "\n" not in text


@pytest.mark.parametrize("code", REPLY_CODES)
def test_every_reply_code_says_what_comes_next(code: int) -> None:
    """Each has a remedy, or what comes next; a cause where something went wrong, which 2yz and 3yz say not."""
    row = REPLY_CODES[code]
    assert row.remedy
    assert bool(row.cause) == (code >= 400)


@pytest.mark.parametrize(("verb", "code"), ANSWERS)
def test_every_answer_belongs_to_a_command(verb: str, code: int) -> None:
    """The verb has a row of replies; the code is a refusal, or one that needs a word, and means something."""
    assert verb in SEQUENCES
    assert code in REPLY_CODES
    assert code >= 400 or (verb, code) == ("VRFY", 252)


def test_most_listed_refusals_of_a_transaction_have_an_answer() -> None:
    """What MAIL, RCPT and AUTH may be refused with by the standards' lists is explained for them in particular."""
    missing = {
        (verb, code)
        for verb in ("MAIL", "RCPT", "AUTH")
        for code in SEQUENCES[verb].error
        if (verb, code) not in ANSWERS
    }
    # 455, 551 to 556, 432: the code's own row says all that there is to say.
    assert missing == {("MAIL", 455), ("RCPT", 552), ("RCPT", 455), ("RCPT", 556), ("AUTH", 432)}


# ---------------------------------------------------------------- what is shown as an example is right

PARAMETER_LINES = [(key, row.remedy) for key, row in PARAMETER_ADVICE.items() if ":<" in row.remedy]


@pytest.mark.parametrize(("key", "line"), PARAMETER_LINES, ids=[" ".join(key) for key, _ in PARAMETER_LINES])
def test_every_line_to_try_is_right(key: tuple[str, str], line: str) -> None:
    """The line that shows a parameter can be read, has it, and breaks no rule of its form."""
    line = line.partition(": ")[2] if line.startswith("inside TLS") else line
    command = parse(line.encode())
    parameters = getattr(command, "parameters", ())
    assert command.verb == key[0]
    assert key[1] in [parameter.keyword for parameter in parameters]
    assert [problem for parameter in parameters if (problem := check(parameter, key[0]))] == []


@pytest.mark.parametrize("row", VENDOR_CODES, ids=lambda row: f"{row.subject}.{row.first}")
def test_vendor_codes(row: VendorCode) -> None:
    """A vendor's codes are a range below one subject; each is found, the narrowest range first."""
    assert row.first <= row.last < 1000
    assert row in list(vendor_codes(row.subject, row.first))
    assert row in list(vendor_codes(row.subject, row.last))
    widths = [found.last - found.first for found in vendor_codes(row.subject, row.first)]
    assert widths == sorted(widths)
    assert row.vendor
    assert row.meaning
    assert row.source


# ---------------------------------------------------------------- texts

FOUND = [
    # what servers say, and the wording that it is
    ("550 5.7.1 Unable to relay", "relaying denied"),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "relaying denied"),
    ("550 relay not permitted", "relaying denied"),
    ("550 5.7.1 <x@y.z>... Relaying denied", "relaying denied"),
    ("550 5.7.64 TenantAttribution; Relay Access Denied", "relaying denied"),
    ("550 Unrouteable address", "user unknown"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "user unknown"),
    ("550 5.1.1 <x@y.z> User doesn't exist: x@y.z", "user unknown"),
    ("450 4.7.1 Greylisting in action, please come back later", "greylisting"),
    ("451 4.7.1 Graylisted, come back in 5 minutes", "greylisting"),
    ("535 Incorrect authentication data", "credentials refused"),
    ("535 5.7.3 Authentication unsuccessful", "credentials refused"),
    ("535-5.7.8 Username and Password not accepted", "credentials refused"),
    ("535 5.7.8 Authentication credentials invalid.", "credentials refused"),
    ("530 5.7.57 Client not authenticated to send mail.", "login needed"),
    ("530 5.7.0 Authentication Required.", "login needed"),
    ("550 5.4.5 Daily user sending limit exceeded.", "sending too fast"),
    ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", "sending too fast"),
    ("421 Too many concurrent SMTP connections; please try again later.", "too many connections"),
    ("500 unrecognized command", "unknown command"),
    ("503 AUTH command used when not advertised", "AUTH is not there"),
    ("554 SMTP synchronization error", "talked too early"),
    ("554 5.5.0 Error: SMTP protocol synchronization", "talked too early"),
    ("503 5.0.0 Polite people say HELO first", "hello first"),
    ("503 HELO or EHLO required", "hello first"),
    ("501 Syntactically invalid HELO argument(s)", "hello malformed"),
    ("553 5.1.8 <a@b>... Domain of sender address a@b does not exist", "sender's domain not found"),
    ("550-5.7.26 This mail has been blocked because the sender is unauthenticated.", "DMARC"),
    ("550 5.7.509: Access denied, sending domain x.y does not pass DMARC verification", "DMARC"),
    ("550-5.7.25 The IP address sending this message does not have a PTR record setup", "no reverse DNS"),
    ("452 4.3.1 Insufficient system resources", "server busy"),
    ("451 Temporary local problem - please try later", "server busy"),
    ("421 mx: SMTP command timeout - closing connection", "time-out"),
    ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "sender not yours"),
    ("552 5.2.3 Message size exceeds fixed maximum message size", "message too big"),
    ("554 5.4.6 Hop count exceeded - possible mail loop", "loop"),
    ("451 4.3.0 <x@y.z>: Temporary lookup failure", "misconfigured server"),
    ("502 5.5.1 Error: command not implemented", "unknown command"),
    ("555 5.5.4 Unsupported option: SMTPUTF8", "parameter refused"),
]


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row.name)
def test_every_wording_finds_its_row_first(row: KnownText) -> None:
    """The example can be read as a refusal, and its wording is the first that is found in it."""
    reply = Reply.from_lines(f"{row.example}\r\n".encode())
    assert 400 <= reply.code < 600
    assert next(known_texts(reply.text)).name == row.name
    assert row.meaning


@pytest.mark.parametrize(("line", "name"), FOUND)
def test_what_servers_say_is_found(line: str, name: str) -> None:
    """Wordings of programs and services, in any case and with more around them, are recognised."""
    assert next(known_texts(line[4:])).name == name


@pytest.mark.parametrize(
    "text",
    [
        "2.0.0 Ok: queued as 4F2B21234",
        "5.5.1 RCPT is not due now; what is: EHLO",
        "5.1.0 That is a mailing list, not a user",
        "5.0.0 Go away",
        "Bye",
        "",
        "x" * 100_000,
    ],
)
def test_other_texts_are_not(text: str) -> None:
    """A text of nobody in particular is not taken for a known one, and a long one costs no time."""
    assert list(known_texts(text)) == []


# ---------------------------------------------------------------- certificates

PROBLEMS = [
    ("the certificate expired on 2020-01-01", "expired"),
    ("certificate has expired", "expired"),
    ("the certificate is not valid before 2040-01-01", "not yet valid"),
    ("certificate is not yet valid", "not yet valid"),
    ("the certificate is for a.example, not for b.example", "wrong name"),
    ("Hostname mismatch, certificate is not valid for 'localhost'.", "wrong name"),
    ("IP address mismatch, certificate is not valid for '127.0.0.1'.", "wrong name"),
    ("the certificate is self-signed and not among the trusted ones", "self-signed"),
    ("self-signed certificate", "self-signed"),
    ("self-signed certificate in certificate chain", "untrusted authority"),
    ("no trusted authority stands behind it (issuer CN=x)", "untrusted authority"),
    ("unable to get local issuer certificate", "incomplete chain"),
    ("certificate revoked", "revoked"),
    ("CA md too weak", "too weak"),
    ("the certificate is for no name, not for b.example", "wrong name"),
    ("x y is no name that a certificate can prove", "no name in it"),
    ("no authorities are known on this machine", "no authorities"),
    ("the server showed no certificate", "no certificate"),
    ("the certificate cannot be read: x", "unreadable"),
]


@pytest.mark.parametrize(("words", "name"), PROBLEMS)
def test_certificate_problems(words: str, name: str) -> None:
    """Our own words and OpenSSL's lead to the problem, and so does its name."""
    problem = certificate_problem(words)
    assert problem is not None
    assert problem.name == name
    assert certificate_problem(name) is problem


def test_every_problem_is_recognised_by_some_words() -> None:
    """No problem of the table is there without words that lead to it."""
    assert {name for _, name in PROBLEMS} == {problem.name for problem in CERTIFICATE_PROBLEMS}
    assert certificate_problem("all is well") is None


def test_unlisted_answers_are_said_to_be_usual() -> None:
    """Where an answer is no listed one, it is one that servers are known to give all the same."""
    unlisted = {(verb, code) for verb, code in ANSWERS if not is_listed(verb, code)}
    assert unlisted <= {
        ("CONNECT", 450),
        ("MAIL", 450),
        ("RCPT", 554),
        ("AUTH", 530),
    }
