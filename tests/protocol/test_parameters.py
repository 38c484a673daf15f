"""ESMTP parameters: kept as written, judged by one table, and xtext there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.parameters import (
    PARAMETERS,
    Parameter,
    check,
    parse_parameters,
    xtext_decode,
    xtext_encode,
)

GOOD = {
    "MAIL": "SIZE=0 size=12345 BODY=8BITMIME body=binarymime SMTPUTF8 RET=FULL RET=hdrs ENVID=QQ+2B1 AUTH=<> "
    "AUTH=a+3Db@example.test BY=120;R BY=-3;NT HOLDFOR=86400 HOLDUNTIL=2026-11-24T09:30:00Z MT-PRIORITY=-9 "
    "MT-PRIORITY=0 MT-PRIORITY=4 REQUIRETLS PRDR MTRK=abc== SOLICIT=org.example:ADV TRANSID=<1@b> CONPERM "
    "SUBMITTER=a@example.test XUNHEARDOF=1 XUNHEARDOF",
    "RCPT": "NOTIFY=NEVER NOTIFY=success,FAILURE NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;Bob+2Bx@example.test "
    "ORCPT=utf-8;пример@example.test ORCPT=utf-8;\\x{43F}@example.test CONNEG RRVS=2026-11-24T09:30:00Z;R "
    "RRVS=2026-11-24T09:30:00+01:00 XRCPTFORWARD=Zm9vPWJhcg XUNHEARDOF=ж",
}

BAD = [
    ("MAIL", "SIZE", "SIZE needs a value"),
    ("MAIL", "SIZE=", " is no value for SIZE"),
    ("MAIL", "SIZE=-1", "-1 is no value for SIZE"),
    ("MAIL", "SIZE=1K", "1K is no value for SIZE"),
    ("MAIL", "SIZE=٣", "٣ is no value for SIZE"),
    ("MAIL", "BODY=9BIT", "9BIT is no value for BODY"),
    ("MAIL", "BODY=8BıTMIME", "8BıTMIME is no value for BODY"),
    ("MAIL", "SMTPUTF8=yes", "SMTPUTF8 takes no value"),
    ("MAIL", "RET=ALL", "ALL is no value for RET"),
    ("MAIL", "ENVID=a+2b", "a+2b is no value for ENVID"),
    ("MAIL", "ENVID=a=b", "a=b is no value for ENVID"),
    ("MAIL", "MT-PRIORITY=10", "10 is no value for MT-PRIORITY"),
    ("MAIL", "MT-PRIORITY=-0", "-0 is no value for MT-PRIORITY"),
    ("MAIL", "BY=120", "120 is no value for BY"),
    ("MAIL", "=5", "=5 does not begin with a keyword"),
    ("MAIL", "-SIZE=5", "-SIZE=5 does not begin with a keyword"),
    ("MAIL", "XUNHEARDOF=a=b", "a=b is no value for a parameter"),
    ("MAIL", "XUNHEARDOF=", " is no value for a parameter"),
    ("MAIL", "XUNHEARDOF=\x1b[2J", "\x1b[2J is no value for a parameter"),
    ("RCPT", "XRCPTFORWARD=Zm9vPWJhcg==", "Zm9vPWJhcg== is no value for XRCPTFORWARD"),
    ("RCPT", "NOTIFY=NEVER,DELAY", "NEVER,DELAY is no value for NOTIFY"),
    ("RCPT", "ORCPT=bob@example.test", "bob@example.test is no value for ORCPT"),
    ("RCPT", "ORCPT=rfc822;пример@example.test", "rfc822;пример@example.test is no value for ORCPT"),
]


@pytest.mark.parametrize(
    ("verb", "word"), [(verb, word) for verb, words in GOOD.items() for word in words.split()]
)
def test_well_formed_parameter_is_not_complained_about(verb: str, word: str) -> None:
    """What its RFC allows passes, case aside, and so does what no table knows."""
    (parameter,) = parse_parameters(word)
    assert check(parameter, verb) == ""


@pytest.mark.parametrize(("verb", "word", "sentence"), BAD)
def test_malformed_parameter_is_named(verb: str, word: str, sentence: str) -> None:
    """What is wrong is said in one sentence with the value or the word in it."""
    (parameter,) = parse_parameters(word)
    assert check(parameter, verb) == sentence


@pytest.mark.parametrize("key", PARAMETERS, ids=" ".join)
def test_every_parameter_is_tried_above(key: tuple[str, str]) -> None:
    """Each row of the table has a well-formed example in this file."""
    verb, keyword = key
    assert keyword in {parameter.keyword.upper() for parameter in parse_parameters(GOOD[verb])}


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", ()),
        ("  ", ()),
        ("SIZE=1", (Parameter("SIZE", "1"),)),
        (" size=1\tBody=8bitmime ", (Parameter("size", "1"), Parameter("Body", "8bitmime"))),
        ("SMTPUTF8", (Parameter("SMTPUTF8"),)),
        ("SIZE=", (Parameter("SIZE", ""),)),
        ("A=b=c", (Parameter("A", "b=c"),)),
        ("=x ???", (Parameter("", "x"), Parameter("???"))),
    ],
)
def test_words_become_parameters_as_written(text: str, parameters: tuple[Parameter, ...]) -> None:
    """Nothing is corrected or dropped, and each prints back as the word it was."""
    assert parse_parameters(text) == parameters
    assert [str(parameter) for parameter in parameters] == text.split()


@given(st.text())
def test_xtext_there_and_back(text: str) -> None:
    """Any text survives being encoded as xtext, and the xtext is printable ASCII without "="."""
    encoded = xtext_encode(text)
    assert xtext_decode(encoded) == text
    assert encoded.isascii()
    assert "=" not in encoded


@given(st.binary())
def test_xtext_keeps_octets_that_are_no_utf8(octets: bytes) -> None:
    """Octets that came in by surrogateescape come out again."""
    text = octets.decode("utf-8", "surrogateescape")
    assert xtext_decode(xtext_encode(text)).encode("utf-8", "surrogateescape") == octets


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("e+mc2=@example.test", "e+2Bmc2+3D@example.test"), ("a b", "a+20b"), ("é", "+C3+A9"), ("", "")],
)
def test_xtext_is_what_the_rfc_says(text: str, encoded: str) -> None:
    """A plus sign, an equals sign and what is not printable become "+" and two capital hex digits (RFC 3461 4)."""
    assert xtext_encode(text) == encoded


@pytest.mark.parametrize("text", ["+", "+2", "+2b", "+G0", "a=b", "a b", "é"])
def test_what_is_no_xtext_is_refused(text: str) -> None:
    """Decoding says which text it could not read."""
    with pytest.raises(ValueError, match="is no xtext"):
        xtext_decode(text)
