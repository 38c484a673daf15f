"""The grammar of paths: what RFC 5321 4.1.2 and 4.1.3 allow, what they do not, and hostile input."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.abnf import BASE64, KEYWORD, XTEXT, Mailbox, Path, match_path, split_path

GOOD = {
    "<>": Path(None),
    "<a@b>": Path(Mailbox("a", "b")),
    "<first.last+tag@mx-1.example.test>": Path(Mailbox("first.last+tag", "mx-1.example.test")),
    "<!#$%&'*+-/=?^_`{|}~@example.test>": Path(Mailbox("!#$%&'*+-/=?^_`{|}~", "example.test")),
    '<""@example.test>': Path(Mailbox('""', "example.test")),
    '<"a b>c@d"@example.test>': Path(Mailbox('"a b>c@d"', "example.test")),
    r'<"a\"b\\"@example.test>': Path(Mailbox(r'"a\"b\\"', "example.test")),
    "<postmaster>": Path(Mailbox("postmaster", "")),
    "<PostMaster>": Path(Mailbox("PostMaster", "")),
    "<@relay.test:a@b>": Path(Mailbox("a", "b"), ("relay.test",)),
    "<@one.test,@two.test:a@b>": Path(Mailbox("a", "b"), ("one.test", "two.test")),
    "<a@[192.0.2.1]>": Path(Mailbox("a", "[192.0.2.1]")),
    "<a@[IPv6:2001:db8::1]>": Path(Mailbox("a", "[IPv6:2001:db8::1]")),
    "<a@[X400:C=gb;A=none]>": Path(Mailbox("a", "[X400:C=gb;A=none]")),
}

BAD = [
    "",
    "a@b",
    "<a@b",
    "a@b>",
    " <a@b>",
    "<a@b> ",
    "<a@b>\n",
    "<a>",
    '<"">',
    "<@b>",
    "<a@>",
    "<.a@b>",
    "<a.@b>",
    "<a..b@c>",
    "<a b@c>",
    "<a@b@c>",
    '<"a"b@c>',
    '<"a"@c>d>',
    '<"a\tb"@c>',
    "<a@-b>",
    "<a@b->",
    "<a@b..c>",
    "<a@b.>",
    "<a@b_c>",
    "<a,b@c>",
    "<@one.test;a@b>",
    "<@one.test,two.test:a@b>",
    "<a@[1.2.3]>",
    "<a@[1.2.3.256]>",
    "<a@[ab]c:d]>",
    "<a@[x-:d]>",
    "<a@[x:]>",
    "<pöstmaster@b>",
    "<postmaſter>",
]

IPV6 = {
    "::": True,
    "::1": True,
    "1::": True,
    "1:2:3:4:5:6:7:8": True,
    "1:2:3:4:5:6::": True,
    "1::2:3:4:5:6": True,
    "::ffff:192.0.2.1": True,
    "1:2:3:4:5:6:192.0.2.1": True,
    "1:2:3:4::192.0.2.1": True,
    "1:2:3:4:5:6:7": False,
    "1:2:3:4:5:6:7:8:9": False,
    "1:2:3:4:5:6:7::": False,
    "1:2:3:4:5::192.0.2.1": False,
    "1::2::3": False,
    "12345::": False,
    "g::": False,
    "::192.0.2.256": False,
    "fe80::1%eth0": False,
    "": False,
}


@pytest.mark.parametrize("text", GOOD)
def test_well_formed_path_is_taken_apart(text: str) -> None:
    """A path gives its mailbox and source route, and prints back as it was."""
    path = match_path(text)
    assert path == GOOD[text]
    assert str(path) == text
    assert path.is_null is (text == "<>")


@pytest.mark.parametrize("text", BAD)
def test_malformed_path_is_none(text: str) -> None:
    """What the grammar does not allow is no path, not even nearly."""
    assert match_path(text) is None


@pytest.mark.parametrize("address", IPV6)
def test_ipv6_literal(address: str) -> None:
    """An IPv6 literal is held to RFC 5321 4.1.3, where "::" stands for two groups or more."""
    assert (match_path(f"<a@[IPv6:{address}]>") is not None) is IPV6[address]
    assert (match_path(f"<a@[ipv6:{address.upper()}]>") is not None) is IPV6[address]


@pytest.mark.parametrize(
    "text", ["<пример@example.test>", "<a@bücher.test>", '<"ä b"@example.test>', "<@ä.test:a@b>"]
)
def test_beyond_ascii_only_with_smtputf8(text: str) -> None:
    """UTF-8 in a path is allowed where SMTPUTF8 is in use, and nowhere else (RFC 6531 3.3)."""
    assert match_path(text) is None
    assert str(match_path(text, utf8=True)) == text


def test_octets_that_are_no_utf8_are_in_no_path() -> None:
    """An octet kept by surrogateescape is not a character that SMTPUTF8 allows."""
    assert match_path(b"<a\xff@example.test>".decode("utf-8", "surrogateescape"), utf8=True) is None


ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~"
ATOMS = st.text(ATEXT, min_size=1, max_size=9)
QUOTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
LABELS = st.from_regex(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
LOCAL_PARTS = st.lists(ATOMS, min_size=1, max_size=3).map(".".join) | QUOTED
PATHS = st.builds(
    Path,
    st.builds(Mailbox, LOCAL_PARTS, DOMAINS | st.just("[192.0.2.1]")),
    st.lists(DOMAINS, max_size=2).map(tuple),
)


@given(PATHS)
def test_what_is_printed_is_read_back(path: Path) -> None:
    """Every path survives being printed and read, quoted local-parts and source routes included."""
    assert match_path(str(path)) == path


@given(PATHS, st.sampled_from(["", " SIZE=1", " SIZE=1 BODY=8BITMIME", "stuck"]))
def test_path_is_cut_off_where_it_ends(path: Path, rest: str) -> None:
    """Whatever stands behind a path is split off it, whatever a quoted local-part holds."""
    assert split_path(f"{path}{rest}") == (str(path), rest)


@pytest.mark.parametrize(
    ("text", "path", "rest"),
    [
        ("<a@b> SIZE=1", "<a@b>", " SIZE=1"),
        ("  <a@b> SIZE=1", "<a@b>", " SIZE=1"),
        ("<>", "<>", ""),
        ("<a b@c> SIZE=1", "<a b@c>", " SIZE=1"),
        ('<"x> y"@b> SIZE=1', '<"x> y"@b>', " SIZE=1"),
        ("<a@b>> SIZE=1", "<a@b>", "> SIZE=1"),
        ("a@b SIZE=1", "a@b", " SIZE=1"),
        ("a@b\tSIZE=1", "a@b", "\tSIZE=1"),
        ('"a b"@c SIZE=1', '"a b"@c', " SIZE=1"),
        ("<a@b SIZE=1", "<a@b", " SIZE=1"),
        ('<"a@b> SIZE=1', '<"a@b>', " SIZE=1"),
        ('"a b', '"a', " b"),
        ("", "", ""),
    ],
)
def test_malformed_path_is_split_off_too(text: str, path: str, rest: str) -> None:
    """Without brackets, with one missing, with a quote left open: the path still ends somewhere sensible."""
    assert split_path(text) == (path, rest)


@given(st.text('<>"\\ @ab\t', max_size=40))
def test_splitting_loses_nothing(text: str) -> None:
    """Path and rest together are the text, blanks before it aside."""
    assert "".join(split_path(text)) == text.lstrip(" \t")


LENGTH = 100_000
HOSTILE = {
    "one long atom": "<" + "a" * LENGTH,
    "many atoms": "<" + "a." * LENGTH + "@",
    "many hyphens": "<a@" + "a-" * LENGTH + ">",
    "many labels": "<a@" + "a." * LENGTH + ">",
    "long source route": "<" + "@a," * LENGTH + ">",
    "open quote of quoted quotes": '<"' + '\\"' * LENGTH,
    "the same without a bracket": '"' + '\\"' * LENGTH + " x",
    "many quoted strings": "<" + '""' * LENGTH + '"',
    "open literal": "<a@[a" + "-a" * LENGTH,
    "IPv6 colons": "<a@[IPv6:" + ":" * LENGTH + "]>",
    "IPv6 groups": "<a@[IPv6:" + "a:" * LENGTH + "]>",
    "brackets": "<" * LENGTH,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_read_in_linear_time(text: str) -> None:
    """No rule tries the same characters twice over: squared, these would run into the time limit for tests."""
    assert match_path(text) is None
    assert "".join(split_path(text)) == text


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (KEYWORD, ["SIZE", "8BITMIME", "X-1", "a"], ["", "-X", "A_B", "A=B", "Ä"]),
        (XTEXT, ["", "a", "a+2Bb", "a@b", "<>"], ["+", "+2", "+2b", "a=b", "a b", "ä"]),
        (
            BASE64,
            ["", "AA==", "AAA=", "AAAA", "ab+/"],
            ["A", "AA", "AAA", "AA=", "AA==A", "A A=", "AA==\n", "ab-_"],
        ),
    ],
    ids=["keyword", "xtext", "base64"],
)
def test_words(rule: re.Pattern[str], good: list[str], bad: list[str]) -> None:
    """Keywords, xtext and base64 are what their rules say, as a whole."""
    assert [text for text in good if not rule.fullmatch(text)] == []
    assert [text for text in bad if rule.fullmatch(text)] == []
