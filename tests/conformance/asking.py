"""Ask one server for one feature and tell what came of it, as the cell of the matrix says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtpshell.protocol.events import CommandSent, Event, Greeted, ReplyReceived
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.findings import Severity
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.session.session import Session

if TYPE_CHECKING:
    from tests.conformance.columns import Reached
    from tests.conformance.features import Feature

__all__ = ["Answer", "ask"]


@dataclass(slots=True)
class Answer:
    """What one server did: whether it offered the feature, its last reply, and all that was seen on the way."""

    offered: bool = False
    announced: bool = False
    reply: Reply | None = None
    works: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def cell(self) -> str:
        """Say it in one word: see features.LEGEND."""
        if self.works:
            return "yes" if self.offered else "(yes)"
        code = str(self.reply.code) if self.reply else ""
        if self.announced:
            return f"!{code}"
        return code if self.offered else f"–{code}"

    @property
    def serious(self) -> set[str]:
        """Give the ids of the findings about what the server said that are against a MUST, or worse."""
        heard = [event for event in self.events if isinstance(event, ReplyReceived | Greeted)]
        found = [finding.rule for event in heard for finding in event.findings]
        return {rule.rule_id for rule in found if rule.severity >= Severity.ERROR}

    @property
    def unpaired(self) -> list[Reply]:
        """Give the replies that answered nothing, as the core saw it."""
        return [event.reply for event in self.events if isinstance(event, ReplyReceived) and event.command is None]

    @property
    def not_offered(self) -> set[str]:
        """Give the verbs and parameters that the core called not offered when they went out."""
        sent = [event for event in self.events if isinstance(event, CommandSent)]
        rules = ("verb-not-offered", "parameter-not-offered")
        return {f.detail for event in sent for f in event.findings if f.rule.rule_id in rules}


def ask(reached: Reached, feature: Feature) -> Answer:
    """Ask in a session of its own, each step in one write; stop at the first negative reply.

    Afterwards the session must still answer NOOP, unless the server said goodbye or took the client's role.
    """
    answer = Answer()
    with reached.hello(lambda event, _: answer.events.append(event), feature.door) as session:
        capabilities = session.connection.facts.capabilities
        assert capabilities is not None
        steps = [step.format(**reached.words) for step in feature.steps]
        answer.announced = feature.keyword in capabilities
        answer.offered = answer.announced or _needs_no_offer(capabilities, steps, feature)
        replies = _take(session, steps) if answer.offered or not feature.only_offered else []
        answer.reply = replies[-1] if replies else None
        answer.works = feature.worked(replies) if replies or not steps else False
        if session.connection.state not in (State.CLOSED, State.TURNED):
            assert session.noop().code == 250, "the session goes on"
    return answer


def _needs_no_offer(capabilities: Capabilities, steps: list[str], feature: Feature) -> bool:
    """Whether all that is asked belongs to SMTP itself, as the core's tables have it."""
    if feature.keyword not in ("", "HELP", "VRFY", "EXPN"):
        return False
    return all(capabilities.offers_verb(step.split()[0].rstrip("\r\n")) for step in steps if step)


def _take(session: Session, steps: list[str]) -> list[Reply]:
    """Take the steps and give the replies to the last one that was taken."""
    replies: list[Reply] = []
    for step in steps:
        replies = _step(session, step.encode() + b"\r\n")
        if any(reply.code >= 400 for reply in replies):
            break
        if session.connection.state is State.TLS:
            session.complete_tls()
    return replies


def _step(session: Session, octets: bytes) -> list[Reply]:
    seen: list[Reply] = []

    def note(event: Event, _: float) -> None:
        if isinstance(event, ReplyReceived):
            seen.append(event.reply)

    session.observers.append(note)
    session.send_octets(octets)
    session.wait_for_replies()
    session.observers.remove(note)
    return seen
