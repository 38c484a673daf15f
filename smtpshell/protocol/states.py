"""The states of an SMTP session, as the client sees them, and every move between them.

Theory of operation
-------------------
Only *order* is state.  Whether TLS is on, who is logged in, what was offered, which forward-paths were
accepted: those are facts (facts.py), since they can be combined with any order.

MOVES is the whole machine: for each state, (verb, class of the reply) -> next state.  A verb that has no entry
in a state's row is out of sequence there; the client may send it all the same, and where the server
accepts it the move is the one that the other rows agree on (``next_state``).  A class that has no
entry leaves the state as it was: RFC 5321 4.1.4, a command refused out of sequence changes nothing.

Pseudo-verbs stand for what is answered, or happens, without a command of its own: CONNECT (the greeting),
CONTENT (the end of mail data), AUTH-RESPONSE (the answer to a 334), TLS (the handshake is done).
"BDAT LAST" is the last chunk.  One rule is no row, since it holds in all: reply 421 closes (RFC 5321 3.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from smtpshell.protocol.replies import Reply, ReplyClass

__all__ = [
    "ASSUMED_CLASS",
    "MOVES",
    "Moves",
    "State",
    "after_success",
    "is_in_sequence",
    "next_state",
    "verbs_in_sequence",
]


class State(Enum):
    """Where in the order of commands a session stands."""

    # Every reply looks states up in tables, and an Enum would hash their names anew each time, in Python.
    if not TYPE_CHECKING:
        __hash__ = object.__hash__

    CONNECTED = "connected"
    """The connection is open, the greeting has not come yet."""
    GREETED = "greeted"
    """220 has come; EHLO is due.  Also where TLS leads back to (RFC 3207 4.2)."""
    REFUSED = "refused"
    """The greeting was negative; only QUIT is left (RFC 5321 3.1)."""
    READY = "ready"
    """Hello was said; no mail transaction is open."""
    MAIL = "mail"
    """A mail transaction is open, its reverse-path accepted."""
    RCPT = "rcpt"
    """At least one forward-path was accepted."""
    CONTENT = "content"
    """354 has come; the content is being sent."""
    CHUNKS = "chunks"
    """A BDAT chunk was accepted, more are due (RFC 3030)."""
    AUTH = "auth"
    """334 has come; the answer to a challenge is due (RFC 4954)."""
    TLS = "tls"
    """220 has come for STARTTLS; the handshake is due (RFC 3207)."""
    TURNED = "turned"
    """The roles were swapped by TURN or ATRN: the other side sends commands now."""
    CLOSED = "closed"
    """221 or 421 has come, or the stream has ended."""


_S, _I, _T, _P = ReplyClass.SUCCESS, ReplyClass.INTERMEDIATE, ReplyClass.TRANSIENT, ReplyClass.PERMANENT
Moves = Mapping[tuple[str, ReplyClass], State]
"""(verb, class of its reply) -> the next state."""


def _staying(state: State, *verbs: str) -> dict[tuple[str, ReplyClass], State]:
    return {(verb, _S): state for verb in verbs}


def _anytime(state: State) -> dict[tuple[str, ReplyClass], State]:
    """Give the moves of the commands that RFC 5321 4.1.4 allows at any time, and of QUIT."""
    return {("QUIT", _S): State.CLOSED, **_staying(state, "NOOP", "HELP", "VRFY", "EXPN")}


# EHLO and HELO clear a mail transaction like RSET does (RFC 5321 4.1.4).
_HELLO: Final[Moves] = {(verb, _S): State.READY for verb in ("EHLO", "HELO", "LHLO")}
_BEGIN: Final[Moves] = {(verb, _S): State.MAIL for verb in ("MAIL", "SEND", "SOML", "SAML")}
_CHUNK: Final[Moves] = {
    ("BDAT", _S): State.CHUNKS,
    ("BDAT LAST", _S): State.READY,
    ("BDAT LAST", _T): State.READY,
    ("BDAT LAST", _P): State.READY,
    ("BURL", _S): State.CHUNKS,
    ("BURL LAST", _S): State.READY,
}

MOVES: Final[Mapping[State, Moves]] = {
    State.CONNECTED: {
        ("CONNECT", _S): State.GREETED,
        ("CONNECT", _T): State.REFUSED,
        ("CONNECT", _P): State.REFUSED,
    },
    State.REFUSED: {("QUIT", _S): State.CLOSED},
    State.GREETED: {
        **_HELLO,
        **_anytime(State.GREETED),
        ("RSET", _S): State.GREETED,
        ("XCLIENT", _S): State.GREETED,
    },
    State.READY: {
        **_HELLO,
        **_BEGIN,
        **_anytime(State.READY),
        **_staying(State.READY, "RSET", "ETRN", "XFORWARD", "AUTH"),
        ("AUTH", _I): State.AUTH,
        # 355: the transaction is resumed, its recipients are known already (RFC 1845 4).
        ("MAIL", _I): State.RCPT,
        ("STARTTLS", _S): State.TLS,
        # The server greets anew and forgets the hello (Postfix XCLIENT_README).
        ("XCLIENT", _S): State.GREETED,
        ("TURN", _S): State.TURNED,
        ("ATRN", _S): State.TURNED,
    },
    State.MAIL: {
        **_HELLO,
        **_anytime(State.MAIL),
        ("RCPT", _S): State.RCPT,
        ("RSET", _S): State.READY,
    },
    State.RCPT: {
        **_HELLO,
        **_anytime(State.RCPT),
        **_CHUNK,
        ("RCPT", _S): State.RCPT,
        ("DATA", _I): State.CONTENT,
        ("RSET", _S): State.READY,
    },
    State.CHUNKS: {**_HELLO, **_anytime(State.CHUNKS), **_CHUNK, ("RSET", _S): State.READY},
    State.CONTENT: {("CONTENT", class_): State.READY for class_ in (_S, _T, _P)},
    State.AUTH: {
        ("AUTH-RESPONSE", _I): State.AUTH,
        **{("AUTH-RESPONSE", class_): State.READY for class_ in (_S, _T, _P)},
    },
    State.TLS: {("TLS", _S): State.GREETED},
    State.TURNED: {("QUIT", _S): State.CLOSED},
    State.CLOSED: {},
}

ASSUMED_CLASS: Final[Mapping[str, ReplyClass]] = {"DATA": _I}
"""The class of reply by which a command succeeds, where it is not 2yz."""

_CLOSES: Final = 421


def _agreed_moves() -> dict[tuple[str, ReplyClass], State]:
    """Give the moves on which all rows that have the verb agree: those of accepted commands.

    The end of mail data is no command that could be out of sequence: the message is over, refused or not.
    """
    targets: dict[tuple[str, ReplyClass], set[State]] = {}
    for row in MOVES.values():
        for (verb, class_), target in row.items():
            if class_ in (_S, _I) or verb == "CONTENT":
                targets.setdefault((verb, class_), set()).add(target)
    return {move: found.pop() for move, found in targets.items() if len(found) == 1}


_AGREED: Final = _agreed_moves()


def next_state(state: State, verb: str, reply: Reply) -> State:
    """Give the state after a reply to a verb (or pseudo-verb), also where it was out of sequence."""
    return _after(state, verb, reply.code)


@lru_cache(maxsize=1024)
def _after(state: State, verb: str, code: int) -> State:
    return State.CLOSED if code == _CLOSES else _move(state, verb, ReplyClass.of(code))


def after_success(state: State, verbs: Iterable[str]) -> State:
    """Give the state that holds if all these outstanding verbs succeed, in their order."""
    for verb in verbs:
        state = _move(state, verb, ASSUMED_CLASS.get(verb, _S))
    return state


_IN_SEQUENCE: Final = {state: tuple(dict.fromkeys(verb for verb, _ in row)) for state, row in MOVES.items()}


def verbs_in_sequence(state: State) -> tuple[str, ...]:
    """Give the verbs that are in sequence in a state, each once, in the table's order."""
    return _IN_SEQUENCE[state]


def is_in_sequence(state: State, verb: str) -> bool:
    """Whether a verb (or pseudo-verb) is in sequence in a state."""
    return verb in _IN_SEQUENCE[state]


def _move(state: State, verb: str, class_: ReplyClass) -> State:
    if state is State.CLOSED:
        return state
    return MOVES[state].get((verb, class_)) or _AGREED.get((verb, class_), state)
