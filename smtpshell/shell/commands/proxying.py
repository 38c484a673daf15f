"""Commands about transcripts: recorded between a client and a server."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.session.endpoint import Endpoint
from smtpshell.shell.declaration.argument_types import Address, ArgumentType, Flag, NewFile, Pairs, Url
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.session.tls_server import ServerContext
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.shell.language.syntax import Word
    from smtpshell.transcript.proxied import Proxied

__all__ = ["proxy"]


class RecordPlace(ArgumentType):
    """A new file, or a folder for many; given as text, for a slash at its end means something."""

    metavar = "FILE|FOLDER/"
    is_file = True

    def parse(self, word: Word) -> str:
        if not word.text:
            raise ValueError("name a file or a folder")
        home = word.text.startswith("~/")
        return str(Path.home()) + word.text[1:] if home else word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return NewFile(self.description).complete(prefix, interpreter)


@command(slow=True, serves=True)
def proxy(
    interpreter: Interpreter,
    *,
    to: Annotated[Any, Url("the server")],
    record: Annotated[
        str, RecordPlace("record the first connection to a new file, or each to a file of its own in a folder")
    ],
    listen: Annotated[tuple[str, int], Address("where to listen; any free loopback port else")] = ("127.0.0.1", 0),
    tls: Annotated[bool, Flag("have clients begin with TLS")] = False,
    no_tls: Annotated[bool, Flag("pass on what STARTTLS begins, unread and not recorded")] = False,
    write_ca: Annotated[Path | None, NewFile("write the authority that clients must trust to a new file")] = None,
    once: Annotated[bool, Flag("end with the first connection's end")] = False,
) -> None:
    """Stand between clients and a server, and record every conversation without its secrets.

    Octets pass unchanged and at once.  TLS begins anew on both sides, else nothing could be read: clients are
    shown a certificate made for this run, for the server's name and localhost.  Credentials reach the server, and
    no recording.  It runs until Ctrl-C.

    Example:
        /proxy --to smtp://mail.example.test --record conversations/
        /proxy --to 127.0.0.1:2525 --listen 127.0.0.1:2526 --record session.smtp --once
    """
    if threading.current_thread() is not threading.main_thread():
        raise UsageError(
            "/proxy serves until Ctrl-C and cannot share the prompt", hint="run `smtpshell proxy` beside this one"
        )
    if tls and no_tls:
        raise UsageError("--tls and --no-tls exclude each other", hint="--no-tls is about STARTTLS")
    from smtpshell import __version__
    from smtpshell.transcript.proxy import Proxy, Records

    told: queue.SimpleQueue[Proxied | str] = queue.SimpleQueue()
    certificate = _Certificate(to)
    records = Records(record)
    if write_ca is not None:
        certificate.write_ca(write_ca)
    served = Proxy(
        lambda: interpreter.new_session(to),
        records,
        *listen,
        tls_context_factory=certificate.context,
        tls_settings=lambda: replace(interpreter.tls_settings(interpreter.settings_for(to)), resumption=None),
        implicit_tls=tls,
        terminate=not no_tls,
        header={"server": interpreter.config.resolve(to)[0].url, "recorder": f"smtpshell {__version__} proxy"},
        on_end=told.put,
        on_problem=told.put,
    )
    ended: list[Proxied] = []
    with served, _interrupted_by_sigterm(), contextlib.suppress(KeyboardInterrupt):
        scheme = "lmtp" if to.lmtp else "smtps" if tls else "smtp"
        data = {"event": "proxy", "url": f"{scheme}://{served.where}", "to": to.url, "record": record}
        text = f"proxy at {data['url']} to {to.url}, recording to {record}; Ctrl-C ends it"
        interpreter.show(Outcome(fragments=[("heading", visible(text) + "\n")], data=data))
        while not (once and ended):
            _tell(interpreter, told.get(), ended)
    while not told.empty():
        _tell(interpreter, told.get(), ended)
    _sum_up(interpreter, ended)


@contextlib.contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Make SIGTERM the proper end of a server that Ctrl-C is."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Certificate:
    """The proxy's own certificate, made when the first client, or its file, wants it."""

    def __init__(self, server: Endpoint) -> None:
        self._names = [server.host] if server.host else []
        self._making = threading.Lock()
        self._made: tuple[ServerContext, bytes] | None = None

    def context(self) -> ServerContext:
        """Give the context for clients."""
        return self._make()[0]

    def write_ca(self, path: Path) -> None:
        """Write the authority as PEM.  Raises UsageError."""
        try:
            with path.open("xb") as file:
                file.write(self._make()[1])
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}", hint="name a new file") from None

    def _make(self) -> tuple[ServerContext, bytes]:
        from smtpshell.practice.certificate import make_certificate
        from smtpshell.session.tls_server import server_context

        with self._making:
            if self._made is None:
                try:
                    made = make_certificate(*self._names)
                except UnicodeError:  # a name that a resolver takes and a certificate does not, such as mail_1
                    made = make_certificate()
                self._made = server_context(made.chain_pem, made.key_pem), made.ca_pem
            return self._made


def _tell(interpreter: Interpreter, news: Proxied | str, ended: list[Proxied]) -> None:
    """Show one conversation's end, or what went wrong with a recording."""
    if isinstance(news, str):
        interpreter.note(news, "error")
        return
    ended.append(news)
    data = {
        "event": "proxied",
        "client": news.peer,
        "file": news.path,
        "replies": news.replies,
        "negative": news.negative,
        "messages": news.messages,
        "problem": news.problem.message if news.problem else "",
    }
    status = news.problem.exit_status if news.problem else ExitStatus.EXPECTED
    style = "error" if news.problem else "note"
    interpreter.show(Outcome(fragments=[(style, visible(str(news)) + "\n")], status=status, data=data))


def _sum_up(interpreter: Interpreter, ended: list[Proxied]) -> None:
    sums = {
        "connections": len(ended),
        "messages": sum(one.messages for one in ended),
        "negative": sum(one.negative for one in ended),
        "failed": sum(one.problem is not None for one in ended),
    }
    meanings = ("connections", "messages accepted", "negative replies", "failed")
    text = ", ".join(f"{meaning}: {count}" for meaning, count in zip(meanings, sums.values(), strict=True))
    interpreter.show(Outcome(fragments=[("heading", text + "\n")], data={"event": "summary", **sums}))
