"""What /explain says: of the last reply, of words, of texts, of findings; and that it knows all there is."""

from __future__ import annotations

import json

import pytest

from smtpshell.practice import PracticeServer
from smtpshell.protocol.advice.mechanisms import MECHANISM_ADVICE
from smtpshell.protocol.enhanced_status_codes import DETAILS
from smtpshell.protocol.events import Greeted, ReplyReceived
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.findings import RULES
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.reply_codes import REPLY_CODES
from smtpshell.protocol.states import State
from smtpshell.protocol.verbs import VERBS
from smtpshell.session.tls_failures import ALERTS, REASONS
from smtpshell.shell.batch.json_lines import JsonLines
from smtpshell.shell.help.topics import explain, explain_certificate, explain_reply, topics
from tests.shell.support import Shell

# Everything that can be asked about, and what its explanation must hold besides its name.
KNOWN: dict[str, tuple[str, ...]] = {
    **{str(code): ("usual cause",) for code in REPLY_CODES if code >= 400},
    **{str(code): ("what comes next",) for code in REPLY_CODES if code < 400},
    **{f"5.{subject}.{detail}": ("usual cause", "what to try") for subject, detail in DETAILS},
    **dict.fromkeys(VERBS, ("for example",)),
    **dict.fromkeys(EXTENSIONS, ("usual trouble", "to try it")),
    **{f"{keyword}=": ("usual trouble", "to try it", "offered by") for _, keyword in PARAMETERS},
    **dict.fromkeys(MECHANISM_ADVICE, ("usual trouble", "what to try")),
    **{state.value: ("may come", "usual trouble", "to go on") for state in State},
    **dict.fromkeys(RULES, ("usual cause", "what to try")),
    **{name.lower().replace("_", " "): ("what to try",) for name in (*ALERTS, *REASONS)},
    "self-signed": ("usual cause", "what to try", "RFC 5280"),
}


@pytest.mark.parametrize("topic", KNOWN)
def test_all_is_explained(topic: str) -> None:
    """Each code, verb, keyword, parameter, mechanism, state, finding and failure is explained, with advice."""
    told = explain(topic)
    assert told
    for part in KNOWN[topic]:
        assert any(part in line for line in told)
    assert not told[0].startswith(" ")


def test_completion_offers_what_can_be_explained() -> None:
    """Whatever Tab offers is known, and has a word on what it is."""
    offered = dict([*topics(""), *topics("5"), *topics("4.")])
    assert len(offered) > 300
    del offered["last"]
    assert [word for word, meaning in offered.items() if not explain(word) or not meaning] == []


def test_a_word_may_be_several_things() -> None:
    """AUTH is a verb, a keyword and a parameter; written small it is a state as well."""
    heads = [line.partition(" ")[0] for line in explain("AUTH") if not line.startswith(" ")]
    assert heads == ["AUTH", "EHLO", "parameter"]
    assert [line for line in explain("auth") if line.startswith("state auth: ")]


def test_a_value_behind_a_parameter_is_no_hindrance() -> None:
    """NOTIFY, NOTIFY= and NOTIFY=NEVER are the same parameter."""
    assert explain("NOTIFY") == explain("NOTIFY=") == explain("notify=NEVER") != []


SIMPLE = [
    ("5.9.9", "5.9.9: unregistered, about: an unknown subject (RFC 3463 3)"),
    ("5.7.606", "5.7.606: unregistered, about: security or policy (RFC 3463 3)"),
    ("299", "299: not listed anywhere; by its digits: done, of a kind that is not specified (RFC 5321 4.2.1)"),
]


@pytest.mark.parametrize(("topic", "head"), SIMPLE)
def test_what_no_table_has_is_read_by_its_parts(topic: str, head: str) -> None:
    """An unlisted code says at least of what kind it is."""
    assert explain(topic)[0] == head


def test_codes_of_a_vendor() -> None:
    """What a vendor made up is explained by its list; beside a registered code its own sense is told."""
    assert explain("5.7.606") == [
        "5.7.606: unregistered, about: security or policy (RFC 3463 3)",
        "  class 5: permanent failure: the same again will fail again",
        "  at Exchange Online: your address is banned (Microsoft: NDR codes in Exchange Online)",
        "  usual cause: spam came from it, or from its neighbours",
        "  what to try: mend the cause, then ask to be taken off at Microsoft's delist portal",
    ]
    assert any("  at Exchange Online: no such recipient" in line for line in explain("5.1.10"))
    assert not any("Exchange" in line for line in explain("2.1.10") + explain("5.1.1"))


def test_success_needs_no_cause() -> None:
    """An enhanced code of class 2 reports success: nothing caused it, nothing is to be tried."""
    assert explain("2.1.5") == ["2.1.5: the recipient's address is valid (RFC 3463 3.2)", "  class 2: success"]


# ---------------------------------------------------------------- texts of replies


def heads(told: list[str]) -> list[str]:
    """Give what is explained, without the lines below."""
    return [line.partition(":")[0] for line in told if not line.startswith(" ")]


def causes(told: list[str]) -> int:
    """Count causes."""
    return sum(line.startswith("  usual cause") for line in told)


def test_the_text_is_explained_first_and_advice_given_once() -> None:
    """A known text says more than its codes: theirs is the meaning only."""
    told = explain("554 5.7.1 <a@example.org>: Relay access denied")
    assert heads(told) == ["relaying denied", "5.7.1", "554"]
    assert causes(told) == 1
    assert told[0].endswith(
        "as said by Postfix, Exim, Sendmail, Exchange, qmail (postconf(5): reject_unauth_destination)"
    )


def test_an_unknown_text_is_explained_by_its_codes() -> None:
    """Without a known text the enhanced code speaks, and what the code means as that answer."""
    told = explain_reply(550, "5.2.1", "Gone fishing", "RCPT")
    assert heads(told) == ["5.2.1", "550"]
    assert causes(told) == 2
    assert any("no such mailbox, or relaying" in line for line in told)
    assert causes(explain_reply(550, "", "Gone fishing")) == 1
    assert causes(explain_reply(450, "4.0.0", "Gone fishing", "RCPT")) == 1


def test_a_positive_reply_is_never_a_known_refusal() -> None:
    """Words such as relay or spam in a 250 are no refusal."""
    assert heads(explain("250 2.0.0 relay denied? not at all, no spam")) == ["2.0.0", "250"]
    assert heads(explain("600 relay denied")) == ["600"]


def test_words_are_taken_together_where_one_is_unknown(shell: Shell) -> None:
    """A reply can be given as it stands, its numbers no findings and no codes."""
    said = shell.say("/explain 550 maximum allowed line length is 998 octets, got 17")
    assert said.startswith("line too long: ")
    assert shell.say("/explain too many hops").startswith("loop: ")
    assert shell.say("/explain 'self-signed certificate'").startswith("self-signed certificate: ")


def test_what_is_unknown_is_said(shell: Shell) -> None:
    """One line says so, with the nearest word there is."""
    assert (
        shell.say("/explain contnt-8bit")
        == "nothing is known here about 'contnt-8bit'; did you mean content-8bit?\n"
    )
    assert shell.say("/explain SIZE xyzzy plugh").startswith("nothing is known here about 'xyzzy'; give ")
    assert explain("no such thing at all") == []
    assert explain_certificate("all is well") == []


# ---------------------------------------------------------------- the session


def test_the_last_reply(shell: Shell) -> None:
    """Without a word the last reply is explained: what it answers, its text, its codes."""
    said = shell.say("MAIL FROM:<a@example.test>", "RCPT TO:<x@elsewhere.example>", "/explain").splitlines()
    at = said.index("550 to RCPT: 5.7.1 No relaying to <x@elsewhere.example> without AUTH")
    assert heads(said[at + 1 :]) == ["relaying denied", "5.7.1", "550"]


def test_the_greeting_and_an_unasked_reply() -> None:
    """The greeting answers the connection; what nobody asked for answers nothing."""
    with PracticeServer() as server:
        shell = Shell()
        shell.open(server.url)
        shell.wait()
        assert shell.say("/explain").startswith("220 to CONNECT: practice.example.test")
        shell.close()


def test_a_positive_reply_says_what_comes_next() -> None:
    """Nothing caused it; what follows is told."""
    assert explain_reply(354, "", "Go ahead", "DATA")[-1].startswith("  what comes next: send the content")
    assert explain_reply(252, "2.1.5", "Maybe", "VRFY")[-1] == "  what comes next: ask by RCPT"


def test_before_any_reply(offline: Shell) -> None:
    """Without a reply there is nothing to explain, and the hint names what could be."""
    assert offline.say("/explain") == "there is no reply yet; give a code, such as /explain 550\n"


def test_a_secret_is_not_explained(shell: Shell) -> None:
    """A password that a reply quotes is not repeated."""
    shell.secrets.remember("hunter22")
    assert "hunter22" not in shell.say("VRFY hunter22", "/explain")


def test_the_certificate_of_the_session(shell: Shell) -> None:
    """/explain certificate says what this session's certificate proves, and why not more."""
    assert shell.say("/explain certificate") == "there is no TLS; /starttls begins it\n"
    shell.say("/starttls")
    said = shell.say("/explain certificate").splitlines()
    assert said[0].startswith("NOT VERIFIED: ")
    assert said[1].startswith("untrusted authority certificate: ")
    assert causes(said) == 1


def test_a_finding_by_number_has_its_advice(shell: Shell) -> None:
    """The number of a finding leads to what was seen, what it means, its cause and what to do."""
    shell.say("MAIL FROM: <a@example.test>")
    said = shell.say("/explain 2").splitlines()
    assert said[0].startswith("#2, about MAIL: no blank may stand between")
    assert [line.partition(":")[0] for line in said[1:]] == [
        "finding space-before-path, a warning",
        "  usual cause",
        "  what to try",
    ]


def test_what_a_hostile_server_says_is_shown_and_not_obeyed(shell: Shell) -> None:
    """The reply that is repeated above its explanation is cut, and its controls and odd octets are escapes."""
    reply = Reply.from_lines(b"550 5.7.1 \x1b[2J\xff relay denied " + b"x" * 5000 + b"\r\n")
    shell.current.last_answer = ReplyReceived(reply=reply, command=None)
    head, *told = shell.say("/explain").splitlines()
    assert head.startswith(r"550 to nothing: 5.7.1 \x1b[2J\xff relay denied xxx")
    assert len(head) < 400
    assert heads(told) == ["relaying denied", "5.7.1", "550"]


def test_as_json(shell: Shell) -> None:
    """For programs the lines are the same, unbroken, and what is no UTF-8 is an escape."""
    written: list[str] = []
    shell.outcomes = JsonLines(written.append, shell.secrets).outcome
    shell.current.last_answer = Greeted(reply=Reply.from_lines(b"554 \xff go away\r\n"))
    shell.say("/explain")
    said = json.loads(written[-1])
    assert said["event"] == "explanation"
    assert said["lines"][:2] == [
        r"554 to CONNECT: \xff go away",
        "554: the transaction failed; as greeting: no service here (RFC 5321 4.2.3, 3.1)",
    ]
