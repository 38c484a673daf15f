"""Anonymous transcripts: nobody is named, both sides still agree, sizes are true, and it still replays."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.cli import main
from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.session.session import Session
from smtpshell.transcript.anonymity import anonymize
from smtpshell.transcript.masking import mask
from smtpshell.transcript.model import Line, Transcript
from smtpshell.transcript.pseudonyms import Pseudonyms
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.replay import replay
from smtpshell.transcript.syntax import parse, read, write
from smtpshell.transcript.turns import turns

CHALLENGE = base64.b64encode(b"<123.456@mx1.corp-mail.com>").decode()
ANSWER = base64.b64encode(b"alice 0123456789abcdef0123456789abcdef").decode()

RECORDING = rf"""smtp-transcript: 1
title: bob.miller@corp-mail.com is refused by mx1.corp-mail.com
server: smtp://mx1.corp-mail.com:2525
date: 2026-11-24T09:30:00Z
tags: rcpt

# Bob.Miller says that alice cannot write from laptop-7.
-- connected to 10.20.30.40:2525
[0.004] S: 220 mx1.corp-mail.com ESMTP Postfix
C: EHLO laptop-7
S: 250-mx1.corp-mail.com greets laptop-7 [10.20.30.41]
S: 250-SIZE 1000
S: 250-8BITMIME
S: 250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256
C: AUTH CRAM-MD5
S: 334 {CHALLENGE}
C: {ANSWER}
S: 535 5.7.8 {ANSWER} is wrong
C: XCLIENT NAME=gate.partner.org ADDR=2001:4860::7 LOGIN=carol
S: 220 mx1.corp-mail.com ESMTP carol
C: MAIL FROM:<alice@corp-mail.com> SIZE=1000 BODY=8BITMIME AUTH=alice@corp-mail.com
C: RCPT TO:<bob.miller@corp-mail.com> ORCPT=rfc822;bob.miller@corp-mail.com NOTIFY=NEVER
C: RCPT TO:<student@example.test>
C: RCPT TO:<list+bob=partner.org@partner.org>
C: DATA
S: 250 2.1.0 Ok
S: 550 5.1.1 bob.miller... User unknown, ask Alice
S~ 250 2\.1\.5 .*example\.test.*
S* 250 2.1.5 *partner.org*
S: 354 End data with <CR><LF>.<CR><LF>
C: From: Alice Doe <alice@corp-mail.com>
C: Subject: The merger 2027
C:  with Partner
C: X-Corp-Id: 4711
C: MIME-Version: 1.0
C: Received: from gate.partner.org ([10.20.30.40]) by mx1.corp-mail.com id 4XyZ12AbC
C:
C= Gr\xfc\xdfe from Zürich, ${{auth}} hunter2\r\n
C: ..
C: .
S: 250 2.0.0 Ok: queued as 4XyZ12AbC
C: VRFY alice
S~ 252 2\.0\.0 alice(@corp-mail\.com)?
C: MAIL FROM:<>
S: 250 ok
C: BDAT 36
C: To: bob.miller@corp-mail.com
C:
C: Hi
S: 250 ok
C: BDAT 0 LAST
S: 250 1tAbCd-000123-4X ok
C: SECRETVERB of project manhattan
S: 500 what?
-- finding reply-8bit: the reply of mx1.corp-mail.com has octets beyond ASCII
-- discarded "250 mx1.corp-mail.com\r\nalice\r\n"
-- content octets=12 sha256={"0" * 64} file=alice.eml
C: QUIT
S: 221 mx1.corp-mail.com bye
-- closed by server
"""

PLANTED = (
    *("bob", "miller", "alice", "carol", "doe", "corp", "partner", "mx1", "gate.", "laptop", "list+", "10.20.30"),
    *("4860", "merger", "2027", "4711", "hunter2", "manhattan", "project", "rich", "4XyZ", "1tAbCd", "00000000"),
    *(CHALLENGE, ANSWER, "abcdef0123"),
)


def words(transcript: Transcript) -> list[str]:
    """Give of each entry what must stay: the mark, codes, verbs, keywords, parameters."""
    kept = (
        r"^S. \d{3}[ -](?:\d\.\d\.\d )?|^C. (?:MAIL FROM:<|RCPT TO:<|[A-Z]{4,8}(?= |$))"
        r"|^-- [a-z]+|\b[A-Z]+(?==)|NEVER"
    )
    return [" ".join(re.findall(kept, str(entry))) for entry in transcript.entries]


@pytest.mark.parametrize("keep_lengths", [False, True])
def test_nothing_that_names_anybody_is_left(keep_lengths: bool) -> None:
    """No planted word is left in any part of the file, in no spelling; base64 is looked into."""
    found = anonymize(parse(RECORDING), keep_lengths=keep_lengths)
    text = write(found)
    decoded = [base64.b64decode(word).decode() for word in re.findall(r"334 (\S+)", text)]
    for planted in PLANTED:
        assert planted.lower() not in "\n".join([text, *decoded]).lower()
    assert parse(text) == found


@pytest.mark.parametrize("keep_lengths", [False, True])
def test_the_structure_is_the_same(keep_lengths: bool) -> None:
    """Marks, codes, verbs and keywords stay, turns too; kept names are there as they were."""
    before, after = parse(RECORDING), anonymize(parse(RECORDING), keep_lengths=keep_lengths)
    assert words(after) == words(before)
    assert turns(after) == turns(before)
    text = write(after)
    for kept in ("student@example.test", "250-8BITMIME", "SCRAM-SHA-256", "AUTH CRAM-MD5", "C: MIME-Version: 1.0"):
        assert kept in text
    assert ("tags: rcpt\n" in text, "date: 2026-11-24T09:30:00Z\n" in text) == (True, True)
    assert anonymize(parse(RECORDING), keep_lengths=keep_lengths) == after


def test_the_same_is_the_same_everywhere() -> None:
    """One pseudonym for one name, in commands, replies, content, prose, patterns; hosts lie in domains."""
    text = write(anonymize(parse(RECORDING)))
    assert "title: user1@host1.example is refused by host1.host1.example\n" in text
    assert "# user1 says that user2 cannot write from host3.example.\n" in text
    assert "S: 250-host1.host1.example greets host3.example [192.0.2.2]\n" in text
    assert "C: XCLIENT NAME=host1.host2.example ADDR=2001:db8::1 LOGIN=user4\n" in text
    assert "C: RCPT TO:<user1@host1.example> ORCPT=rfc822;user1@host1.example NOTIFY=NEVER\n" in text
    assert "S: 550 5.1.1 user1... User unknown, ask user2\n" in text
    assert "C: From: user2 Xxx <user2@host1.example>\n" in text
    assert "S* 250 2.1.5 *host2.example*\n" in text
    assert "S~ 252 2\\.0\\.0 user2(@host1\\.example)?\n" in text
    assert f"S: 334 {base64.b64encode(b'<user5@host1.host1.example>').decode()}\nC: ${{auth}}\n" in text


@pytest.mark.parametrize("keep_lengths", [False, True])
def test_sizes_stay_true(keep_lengths: bool) -> None:
    """BDAT counts the octets that follow it, SIZE is as far from the truth as it was."""
    before, after = parse(RECORDING), anonymize(parse(RECORDING), keep_lengths=keep_lengths)
    sizes = [
        [
            sum(
                len(line.octets({"auth": b""}))
                for index in turn.content
                if isinstance(line := transcript.entries[index], Line)
            )
            for turn in turns(transcript)
            if turn.content
        ]
        for transcript in (before, after)
    ]
    text = write(after)
    assert f"\nC: BDAT {sizes[1][1]}\n" in text
    assert f" SIZE={1000 + sizes[1][0] - sizes[0][0]} BODY=8BITMIME " in text
    if keep_lengths:
        assert sizes[0] == sizes[1]
        lines = zip(before.entries, after.entries, strict=True)
        kept = [len(str(a)) == len(str(b)) for a, b in lines if isinstance(a, Line) and ANSWER not in str(a)]
        assert all(kept)


def test_a_masked_text_has_its_octets() -> None:
    """Letters and digits go, in their number of octets; white space, punctuation and invalid octets stay such."""
    text = "Hé, 12 字 😀!\t\udcfc"
    assert mask(text) == "Xé, 00 \u4e00 \U00010000!\t\udcff"
    assert len(mask(text).encode("utf-8", "surrogateescape")) == len(text.encode("utf-8", "surrogateescape"))


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)


@given(st.lists(st.builds("{}@{}.{}".format, NAMES, NAMES, st.sampled_from(["com", "org", "de"])), max_size=30))
def test_different_names_stay_different(addresses: list[str]) -> None:
    """Every address has its own pseudonym, of no length or of its own, and no old one is left."""
    text = " ".join(f"<{address}>" for address in addresses)
    for keep_lengths in (False, True):
        names = Pseudonyms(text, keep_lengths=keep_lengths)
        found = {address: names.replace(f"<{address}>") for address in addresses}
        assert len(set(found.values())) == len(found)
        assert not set(found) & {pseudonym[1:-1] for pseudonym in found.values()}
        assert not keep_lengths or all(len(new) == len(old) + 2 for old, new in found.items())


KEPT = [
    "a@example.test",
    "mx.example.com",
    "127.0.0.1",
    "[::1]",
    "198.51.100.7",
    "2001:db8::9",
    "localhost",
    "5.1.1",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_nobodys_stays(text: str) -> None:
    """Names for examples, loopback, documentation addresses and what only looks like a name."""
    assert Pseudonyms(text).replace(text) == text


def test_a_recording_still_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was recorded at the practice server gives the same replies there when nobody is named any more."""
    file, anonymous = tmp_path / "t.smtp", tmp_path / "a.smtp"
    with PracticeServer() as server:
        with Recorder(file) as recorder, Session.connect(server.url, observers=[recorder]) as session:
            session.wait_for_replies()
            for group in (
                "EHLO desk.corp-mail.com",
                "MAIL FROM:<alice@corp-mail.com> SIZE=40\r\nRCPT TO:<student@example.test>\r\nDATA",
                "From: alice@corp-mail.com\r\n\r\nHello Bob, Alice here.\r\n..\r\n.",
                "VRFY student",
                "MAIL FROM:<alice@corp-mail.com>\r\nRCPT TO:<nobody@example.test>",
                "RCPT TO:<student@example.test>",
                "BDAT 26 LAST\r\nFrom: alice@corp-mail.com",
                "QUIT",
            ):
                session.send_octets(f"{group}\r\n".encode())
                session.wait_for_replies()
        assert main(["anonymize", str(file), "--output", str(anonymous)]) == 0
        assert f"{file}: anonymized; written to {anonymous}\n" in capsys.readouterr().out
        assert "corp-mail" not in anonymous.read_text()
        for transcript in (read(file), read(anonymous), anonymize(read(file), keep_lengths=True)):
            result = replay(transcript, lambda: Session.connect(server.url), match="code")
            assert [str(mismatch) for mismatch in result.mismatches] == []
            assert result.exit_status is ExitStatus.EXPECTED
    assert main(["anonymize", str(file), "--keep-lengths"]) == 0
    assert parse(capsys.readouterr().out) is not None
