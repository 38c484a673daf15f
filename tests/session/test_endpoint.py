"""Where to connect: what people write, and what it means."""

from __future__ import annotations

import re

import pytest

from smtpshell.errors import UsageError
from smtpshell.session.endpoint import SCHEMES, Endpoint, to_ascii


@pytest.mark.parametrize(
    ("text", "endpoint", "url"),
    [
        ("mail.example.test", Endpoint("smtp", "mail.example.test", 25), "smtp://mail.example.test:25"),
        ("127.0.0.1:2525", Endpoint("smtp", "127.0.0.1", 2525), "smtp://127.0.0.1:2525"),
        ("[::1]:2525", Endpoint("smtp", "::1", 2525), "smtp://[::1]:2525"),
        ("[fe80::1%lo]", Endpoint("smtp", "fe80::1%lo", 25), "smtp://[fe80::1%lo]:25"),
        ("smtp://a/", Endpoint("smtp", "a", 25), "smtp://a:25"),
        ("SMTPS://a", Endpoint("smtps", "a", 465), "smtps://a:465"),
        ("smtps://a:2465", Endpoint("smtps", "a", 2465), "smtps://a:2465"),
        ("submission://a", Endpoint("submission", "a", 587), "submission://a:587"),
        ("submissions://a", Endpoint("submissions", "a", 465), "submissions://a:465"),
        ("lmtp://a", Endpoint("lmtp", "a", 24), "lmtp://a:24"),
        ("mx:example.test", Endpoint("mx", "example.test", 25), "mx:example.test:25"),
        ("MX://example.test:2525", Endpoint("mx", "example.test", 2525), "mx:example.test:2525"),
        ("mx:25", Endpoint("smtp", "mx", 25), "smtp://mx:25"),
        ("mx", Endpoint("smtp", "mx", 25), "smtp://mx:25"),
        ("/run/smtp", Endpoint("smtp+unix", path="/run/smtp"), "smtp+unix:///run/smtp"),
        ("lmtp+unix:///run/a b@c", Endpoint("lmtp+unix", path="/run/a b@c"), "lmtp+unix:///run/a b@c"),
    ],
)
def test_what_people_write(text: str, endpoint: Endpoint, url: str) -> None:
    """Each way of writing gives one endpoint, and its URL gives it again."""
    assert Endpoint.parse(text) == endpoint
    assert str(endpoint) == endpoint.url == url
    assert Endpoint.parse(url) == endpoint


def test_what_schemes_mean() -> None:
    """TLS from the start, LMTP and mail exchangers follow from the scheme."""
    assert {name for name in SCHEMES if Endpoint(name).implicit_tls} == {"smtps", "submissions"}
    assert {name for name in SCHEMES if Endpoint(name).lmtp} == {"lmtp", "lmtp+unix"}
    assert {name for name in SCHEMES if Endpoint(name).exchangers} == {"mx"}


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("http://a", "http:// is no scheme that is known here", "http"),
        ("", "cannot read '' as a host and port", ""),
        ("smtp://", "cannot read '' as a host and port", ""),
        ("a:", "cannot read 'a:' as a host and port", "a:"),
        ("a:0", "cannot read 'a:0' as a host and port", "a:0"),
        ("smtp://a:65536", "cannot read 'a:65536' as a host and port", "a:65536"),
        ("a:25x", "cannot read 'a:25x' as a host and port", "a:25x"),
        ("::1", "cannot read '::1' as a host and port", "::1"),
        ("a b", "cannot read 'a b' as a host and port", "a b"),
        ("smtp://user:secret@a", "credentials do not belong into a URL", "user:secret@"),
        ("mx:", "cannot read 'mx:' as a host and port", "mx:"),
        ("mx:[::1]:25", "mx: wants a domain, and ::1 is an address", "[::1]:25"),
        ("mx:192.0.2.1", "mx: wants a domain, and 192.0.2.1 is an address", "192.0.2.1"),
        ("lmtp+unix://run", "a unix socket wants a path from the root", "run"),
    ],
)
def test_what_cannot_be_read(text: str, message: str, marked: str) -> None:
    """The error says what is wrong, marks the place and says what to write instead."""
    with pytest.raises(UsageError, match="^" + re.escape(message)) as caught:
        Endpoint.parse(text)
    start, end = caught.value.span or (0, 0)
    assert caught.value.line == text
    assert text[start:end] == marked
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("Example.test.", "Example.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # as IDNA 2008 has it; 2003 made it strasse
        ("日本。example", "xn--wgv71a.example"),
        ("", ""),
    ],
)
def test_domains_in_ascii(domain: str, expected: str) -> None:
    """U-labels become A-labels, and the final dot goes."""
    assert to_ascii(domain) == expected


def test_domains_that_idna_refuses() -> None:
    """A label that IDNA does not allow is a mistake in what was typed."""
    with pytest.raises(UsageError, match="is no domain name"):
        to_ascii("☃-.example")
