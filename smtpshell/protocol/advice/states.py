"""States of a session: what each means, how one gets stuck in it, how one leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.advice import Advice
from smtpshell.protocol.states import State

__all__ = ["STATES", "StateAdvice"]


@dataclass(frozen=True, slots=True)
class StateAdvice(Advice):
    """Advice for whoever is stuck in a state, and what the state means."""

    meaning: str = ""


STATES: Final[Mapping[State, StateAdvice]] = {
    State.CONNECTED: StateAdvice(
        "a server that looks up your name, or tries whether you talk too early; TLS wanted from the start",
        "wait for the 220; with port 465 use smtps://",
        "RFC 5321 3.1",
        "the connection is open, the greeting has not come",
    ),
    State.GREETED: StateAdvice(
        "TLS was just begun, or XCLIENT was said: the hello does not count any more",
        "EHLO, on LMTP LHLO",
        "RFC 5321 3.2, RFC 3207 4.2",
        "greeted; a hello is due",
    ),
    State.REFUSED: StateAdvice(
        "a block list, a host that takes no mail, overload",
        "QUIT; read the greeting",
        "RFC 5321 3.1",
        "the greeting refused",
    ),
    State.READY: StateAdvice(
        "DATA or RCPT is answered 503 here",
        "MAIL begins a message; AUTH and STARTTLS belong here",
        "RFC 5321 3.3",
        "hello was said, no mail transaction is open",
    ),
    State.MAIL: StateAdvice(
        "every RCPT was refused: DATA would be answered 503 or 554",
        "RCPT; RSET drops the transaction",
        "RFC 5321 3.3",
        "the reverse-path is accepted, a recipient is due",
    ),
    State.RCPT: StateAdvice(
        "another MAIL is answered 503 here",
        "more RCPT, then DATA or BDAT; RSET drops the transaction",
        "RFC 5321 3.3",
        "at least one recipient is accepted, content is due",
    ),
    State.CONTENT: StateAdvice(
        "everything typed is content, commands too",
        "a lone dot ends it; Ctrl-C asks",
        "RFC 5321 4.1.1.4",
        "the server takes content until a lone dot",
    ),
    State.CHUNKS: StateAdvice(
        "DATA is answered 503 here; after a chunk that failed only RSET helps",
        "more BDAT, one with LAST",
        "RFC 3030 2",
        "chunks are being sent, the last one has not been",
    ),
    State.AUTH: StateAdvice(
        "everything typed is an answer, commands too",
        "answer, or * to give up",
        "RFC 4954 4",
        "an answer to a challenge is due",
    ),
    State.TLS: StateAdvice(
        "a server that said 220 and does not begin TLS",
        "wait for the handshake; its time limit ends it",
        "RFC 3207 4",
        "a TLS handshake is due",
    ),
    State.TURNED: StateAdvice(
        "the other side sends commands now, which we do not answer",
        "QUIT, or drop the connection",
        "RFC 821 3.8, RFC 2645 5.2.1",
        "the roles are swapped",
    ),
    State.CLOSED: StateAdvice(
        "QUIT, a 421, a time-out, or the other side hung up",
        "/connect opens another",
        "RFC 5321 3.8",
        "the session is over",
    ),
}
"""State -> what it means, how one gets stuck, how to go on."""
