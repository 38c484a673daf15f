"""Capabilities: what a reply to EHLO offers, however it is spelled."""

from __future__ import annotations

import pytest

from smtpshell.protocol.extensions import EXTENSIONS, Capabilities

REPLY = [
    "mx.example.test at your service",
    "PIPELINING",
    "size 35882577",
    "AUTH PLAIN login",
    "AUTH=LOGIN CRAM-MD5",
    "8bitmime",
    "XUnheardOf a B",
    "",
    "DSN ",
]


def offered(*keywords: str) -> Capabilities:
    """Read a reply that offers these."""
    return Capabilities.from_reply_texts(["mx.example.test", *keywords])


def test_first_line_names_the_server() -> None:
    """The first text is the server's domain and its greeting, no keyword."""
    capabilities = Capabilities.from_reply_texts(REPLY)
    assert (capabilities.domain, capabilities.greeting) == ("mx.example.test", "at your service")
    assert "mx.example.test" not in capabilities


def test_keywords_keep_their_order_and_parameters() -> None:
    """Every keyword is there once, known or not, in the server's order; parameters keep their case."""
    assert dict(Capabilities.from_reply_texts(REPLY)) == {
        "PIPELINING": (),
        "SIZE": ("35882577",),
        "AUTH": ("PLAIN", "login", "LOGIN", "CRAM-MD5"),
        "8BITMIME": (),
        "XUNHEARDOF": ("a", "B"),
        "DSN": (),
    }
    assert list(Capabilities.from_reply_texts(REPLY))[:3] == ["PIPELINING", "SIZE", "AUTH"]


def test_keywords_are_found_in_any_case() -> None:
    """RFC 5321 2.4: keywords have no case."""
    capabilities = Capabilities.from_reply_texts(REPLY)
    assert "Size" in capabilities
    assert capabilities["xunheardof"] == ("a", "B")
    assert "STARTTLS" not in capabilities
    with pytest.raises(KeyError):
        capabilities["STARTTLS"]


@pytest.mark.parametrize("texts", [[], [""], ["mx.example.test"]])
def test_nothing_offered(texts: list[str]) -> None:
    """A reply of no or one line offers nothing, and says so in every way."""
    capabilities = Capabilities.from_reply_texts(texts)
    assert len(capabilities) == 0
    assert capabilities.size_limit is None
    assert capabilities.auth_mechanisms == ()
    assert not capabilities.old_auth


@pytest.mark.parametrize(
    ("keyword", "limit"),
    [
        ("SIZE 1000", 1000),
        ("SIZE 0", None),
        ("SIZE", None),
        ("SIZE many", None),
        ("SIZE -1", None),
        ("SIZE ١", None),
        ("SIZE " + "9" * 5000, int("9" * 20)),
        ("8BITMIME", None),
    ],
)
def test_size_limit(keyword: str, limit: int | None) -> None:
    """SIZE's number, of twenty digits at most (RFC 1870 3), is the limit; 0, nothing or nonsense means none."""
    assert offered(keyword).size_limit == limit


@pytest.mark.parametrize(
    ("keywords", "mechanisms", "old"),
    [
        (["AUTH PLAIN LOGIN"], ("PLAIN", "LOGIN"), False),
        (["auth=plain login"], ("PLAIN", "LOGIN"), True),
        (["AUTH PLAIN", "AUTH=PLAIN"], ("PLAIN",), True),
        (["AUTH PLAIN PLAIN"], ("PLAIN",), False),
        (["AUTH PLAIN", "AUTH plain LOGIN"], ("PLAIN", "LOGIN"), False),
        (["AUTH"], (), False),
        (["AUTH="], (), True),
    ],
)
def test_mechanisms(keywords: list[str], mechanisms: tuple[str, ...], old: bool) -> None:
    """Both spellings of AUTH are merged, each mechanism once, and the old one is remembered."""
    capabilities = offered(*keywords)
    assert (capabilities.auth_mechanisms, capabilities.old_auth) == (mechanisms, old)


def test_keyword_offered_twice_is_there_once() -> None:
    """The parameters of both lines are kept, each once, where the first one stands."""
    assert dict(offered("AUTH PLAIN", "DSN", "AUTH LOGIN PLAIN LOGIN")) == {"AUTH": ("PLAIN", "LOGIN"), "DSN": ()}


@pytest.mark.parametrize(
    "keywords",
    [
        [
            "AUTH " + " ".join(f"M{number}" for number in range(start, start + 100))
            for start in range(0, 100_000, 100)
        ],
        ["AUTH=" * 100_000],
        [" " * 100_000 + "\x00\x1b[2J\udcff"],
        [f"X{number}" for number in range(100_000)],
    ],
    ids=["mechanisms", "old spelling", "blanks and controls", "keywords"],
)
def test_hostile_reply_is_read_in_linear_time(keywords: list[str]) -> None:
    """A server that offers a hundred thousand things costs no more than reading them."""
    capabilities = offered(*keywords)
    assert sum(1 + len(parameters) for parameters in capabilities.values()) <= len(keywords) + 100_000
    assert set(capabilities) == {keyword.upper() for keyword in capabilities}


@pytest.mark.parametrize(
    ("keywords", "verb", "offers"),
    [
        ([], "MAIL", True),
        ([], "vrfy", True),
        ([], "HELP", True),
        ([], "STARTTLS", False),
        (["STARTTLS"], "starttls", True),
        (["CHUNKING"], "BDAT", True),
        (["BINARYMIME"], "BDAT", False),
        ([], "XUNHEARDOF", True),
    ],
)
def test_verbs(keywords: list[str], verb: str, offers: bool) -> None:
    """A verb is there if no extension brings it, or if that extension was offered."""
    assert offered(*keywords).offers_verb(verb) is offers


@pytest.mark.parametrize(
    ("keywords", "verb", "parameter", "offers"),
    [
        (["SIZE"], "MAIL", "size", True),
        (["SIZE"], "RCPT", "SIZE", False),
        (["DSN"], "RCPT", "NOTIFY", True),
        (["DSN"], "MAIL", "NOTIFY", False),
        (["8BITMIME"], "MAIL", "BODY", True),
        (["BINARYMIME", "CHUNKING"], "MAIL", "BODY", True),
        (["CHUNKING"], "MAIL", "BODY", False),
        (["XUNHEARDOF"], "MAIL", "XUNHEARDOF", False),
    ],
)
def test_parameters(keywords: list[str], verb: str, parameter: str, offers: bool) -> None:
    """A parameter of MAIL or RCPT is offered with its extension."""
    assert offered(*keywords).offers_parameter(verb, parameter) is offers


def test_binary_content_is_offered_by_its_own_keyword() -> None:
    """8BITMIME offers BODY, but not BODY=BINARYMIME; a server of that takes every value."""
    assert not offered("8BITMIME").offers_parameter("MAIL", "BODY", "binarymime")
    assert offered("8BITMIME").offers_parameter("MAIL", "BODY", "7BIT")
    assert offered("8BITMIME", "BINARYMIME").offers_parameter("MAIL", "BODY", "BINARYMIME")


def test_keywords_of_the_registry() -> None:
    """Every keyword of IANA's registry, and those without a registration that servers offer, has a row."""
    known = (
        "SEND SOML SAML TURN EXPN HELP 8BITMIME PIPELINING CHUNKING BINARYMIME ENHANCEDSTATUSCODES DELIVERBY ATRN "
        "MTRK BURL CONPERM CONNEG MT-PRIORITY REQUIRETLS VERB ONEX AUTH STARTTLS SIZE DSN ETRN CHECKPOINT "
        "PIPECONNECT XRCPTFORWARD NO-SOLICITING SUBMITTER FUTURERELEASE SMTPUTF8 UTF8SMTP RRVS LIMITS "
        "XCLIENT XFORWARD PRDR"
    )
    assert [keyword for keyword in known.split() if keyword not in EXTENSIONS] == []
