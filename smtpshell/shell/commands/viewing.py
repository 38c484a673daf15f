"""Commands about understanding: another look at what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.argument_types import Number, Text
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible_line
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.transcript.redaction import AUTH

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.redaction import Secrets

__all__ = ["decode", "hex_", "more"]


@command()
def more(interpreter: Interpreter) -> Outcome | None:
    """Show the rest of what was longer than the screen.

    It is shown by the program that PAGER names, else by less; where there is neither, or PAGER is empty, a
    screenful at a time.

    Example:
        /more
    """
    rest = interpreter.pages.take()
    if not rest:
        return lines("nothing is left: what was shown last was shown whole")
    if interpreter.pages.pager is not None and interpreter.pages.pager(rest):
        return None
    return Outcome(fragments=rest)


@command(needs="hello")
def hex_(
    interpreter: Interpreter,
    number: Annotated[int, Number("which exchange: 1 is the last, 2 the one before it")] = 1,
) -> Outcome:
    """Show an exchange octet by octet, both ways.

    Line ends are shown, and what is here of a reply that is not whole yet.  ${auth} stands for each secret, and
    offsets count it so.

    Example:
        /hex
        /hex 2
    """
    from smtpshell.shell.display.exchanges import Exchange
    from smtpshell.shell.display.hex_view import exchange_octets

    exchanges = interpreter.exchanges
    exchange, coming = exchanges.last(number), b""
    if interpreter.connected:
        connection = interpreter.live.connection
        unfinished, awaiting = connection.partial_octets, exchanges.awaiting(connection.awaited)
        if unfinished and awaiting is None and number == 1:
            # The greeting, or what nobody asked for.
            exchange = awaiting = Exchange()
        coming = unfinished if exchange is awaiting else b""
    if exchange is None:
        said = f"only {len(exchanges)} exchanges are remembered" if len(exchanges) else "nothing was said yet"
        raise UsageError(said, hint="/hex shows the last exchange")
    return exchange_octets(exchange, interpreter.secrets, coming)


@command()
def decode(
    interpreter: Interpreter,
    *text: Annotated[str, Text("what to decode; the newest reply with anything to decode where it is left out")],
) -> Outcome:
    """Decode base64, quoted-printable, encoded words, xtext, UTF-7 and A-labels.

    Each that makes something of the text is shown.  What was a secret before stays one.

    Example:
        /decode VXNlcm5hbWU6
        /decode "=?utf-8?Q?caf=C3=A9?="
        /decode rfc822;you+2Bme@example.test
    """
    from smtpshell.protocol.replies import ReplyLine
    from smtpshell.shell.display.decoding import ENCODINGS

    results: list[dict[str, str]] = []
    if text:
        results = _decoded(" ".join(text), interpreter.secrets)
    for exchange in [] if text else interpreter.exchanges.newest_first():
        results = [
            result for raw in exchange.received for result in _decoded(ReplyLine(raw).text, interpreter.secrets)
        ]
        if results:
            break
    if not results:
        known = ", ".join(row.name for row in ENCODINGS)
        raise UsageError(
            f"{'this' if text else 'what was said last'} decodes as nothing", hint=f"known are {known}"
        )
    shown: Fragments = []
    for result in results:
        shown += [("note", f"  {result['encoding']} ({result['source']}): "), ("value", f"{result['text']}\n")]
    return Outcome(fragments=shown, data={"event": "decoded", "results": results})


_NULS_OF_PLAIN: Final = 2
"""RFC 4616 2: authzid NUL authcid NUL passwd."""


def _decoded(text: str, secrets: Secrets) -> list[dict[str, str]]:
    """Give what each encoding makes of a text, in one line that is safe to print."""
    from smtpshell.shell.display.decoding import decoded

    results = []
    hides = secrets.found_in(text.encode("utf-8", "surrogateescape"))
    for encoding, result in decoded(text):
        said = secrets.redact_text(result)
        if hides and said == result:
            said = AUTH  # a secret that is known only as it is encoded
        elif result.count("\0") == _NULS_OF_PLAIN:
            secrets.remember(text)  # seen once, and not kept in the history
        results.append({"encoding": encoding.name, "source": encoding.source, "text": visible_line(said)})
    return results
