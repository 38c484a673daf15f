"""The practice server's side of one conversation: octets in, octets out, no sockets.

RFC 821 calls the server the receiver-SMTP.  This one listens with CommandReader, keeps its place in the
client's own table of states (one order, two ends), and answers with rows of replies.py.  Lines are judged in
lines.py; the mail transaction is transaction.py's, logins authentication.py's, VRFY, EXPN and HELP inquiries.py's.

What a server may decide, decided here:

* A line that ends with LF alone is refused (500), not obeyed: RFC 5321 2.3.8 knows one line end.
* Only CR LF . CR LF ends the content; every look-alike is content.
* AUTH works without TLS: see authentication.py.
* RCPT for another domain is refused (550 5.7.1) until the client has logged in; then the message is kept.
* TURN, ETRN and their like get 502 and are not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from smtpshell.errors import RemoteProtocolError
from smtpshell.practice.authentication import Login
from smtpshell.practice.hello import answer_hello
from smtpshell.practice.inquiries import expn, help_on, vrfy
from smtpshell.practice.lines import line_problem
from smtpshell.practice.replies import reply, reply_lines
from smtpshell.practice.site import Client, Site
from smtpshell.practice.transaction import Transaction, check_mail
from smtpshell.protocol import commands as c
from smtpshell.protocol.command_reader import ChunkHeard, CommandHeard, CommandReader, ContentHeard, Heard
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State, next_state, verbs_in_sequence

__all__ = ["Receiver"]


class Receiver:
    """One client's conversation.  Feed receive_data() with what it sends, and send it what that gives.

    ``tls_wanted`` asks for the handshake once that is sent, tls_started() says it is done; ``closed`` means
    that the connection is to be closed once that is sent.  ``address`` is the client's, for messages and
    greylist.
    """

    def __init__(self, site: Site, *, address: str = "", tls: bool = False) -> None:
        self._site = site
        self._reader = CommandReader()
        self._start_over(address, tls=tls)

    def _start_over(self, address: str, *, tls: bool) -> None:
        self._client = Client(address=address, tls=tls)
        self._login = Login(self._site.users)
        self._transaction: Transaction | None = None
        self._refused_chunk: Reply | None = None
        self._state = State.GREETED
        self.tls_wanted: bool = False

    @property
    def closed(self) -> bool:
        """Whether the last word was said."""
        return self._state is State.CLOSED

    def greeting(self) -> bytes:
        """Give what is said first."""
        if self._site.mischief.take("close"):
            return self.goodbye("shutting down")
        welcome = reply("greeting", protocol="LMTP" if self._site.lmtp else "ESMTP")
        said = self._planned("CONNECT") or welcome
        self._state = next_state(State.CONNECTED, "CONNECT", said)
        return b"".join(self._unless_dropped("CONNECT", [said.raw]))

    def goodbye(self, why: str) -> bytes:
        """Close from our side, "shutting down" or "too slow"; give the 421 to be sent."""
        self._state = State.CLOSED
        return reply(why).raw

    def tls_started(self) -> None:
        """Begin anew inside TLS, whatever was said before forgotten (RFC 3207 4.2)."""
        self._start_over(self._client.address, tls=True)

    def receive_data(self, octets: bytes) -> bytes:
        """Take octets from the client, cut anywhere; give the replies they call for, in order."""
        return b"".join(self.replies(octets))

    def replies(self, octets: bytes) -> Iterator[bytes]:
        """Do what receive_data() does, but give the replies one by one."""
        self._reader.receive_data(octets)
        try:
            while not (self.closed or self.tls_wanted) and (heard := self._reader.next_heard()) is not None:
                yield from self._unless_dropped(_step(heard), (answer.raw for answer in self._answers(heard)))
        except RemoteProtocolError:
            yield self.goodbye("endless line")
        if self.closed or self.tls_wanted:
            # Commands that came ahead of the handshake may be an attacker's (RFC 3207 4.2).
            self._reader.take_all()

    # ---------------------------------------------------------------- what was heard

    def _answers(self, heard: Heard) -> Iterator[Reply]:
        if isinstance(heard, CommandHeard):
            answer = self._command(heard)
            # A BDAT is answered when its octets are in, however wrong it is (RFC 3030 2).
            if isinstance(heard.command, c.Bdat):
                self._refused_chunk = answer
            elif answer is not None:
                yield answer
        elif isinstance(heard, ContentHeard):
            self._open.add(heard.octets)
            if heard.ended:
                yield from self._content_ended()
        else:
            yield from self._chunk(heard)

    def _command(self, heard: CommandHeard) -> Reply | None:
        """Answer a command; None is a BDAT that may go on."""
        command = heard.command
        refusal = line_problem(heard) or self._not_here(command)
        if refusal is None and (planned := self._planned(_step(heard))) is not None:
            self._state = next_state(self._state, command.move, planned)
            if isinstance(command, c.Bdat):
                self._open.chunk_failed = True
            return planned
        if refusal is not None:
            if isinstance(command, c.AuthResponse):
                self._state = State.READY
            return refusal
        answer = _HANDLERS[type(command)](self, command)
        if answer is not None:
            self._state = next_state(self._state, command.move, answer)
            if answer.code == 334:
                self._reader.expect_auth_response()
            elif answer.code == 354:
                self._reader.expect_content()
        return answer

    def _not_here(self, command: c.Command) -> Reply | None:
        """Refuse what cannot be read, is not implemented, or is not due; None for the rest."""
        if isinstance(command, c.Raw):
            return reply("bad argument", problem=command.problem) if command.problem else reply("unknown verb")
        if isinstance(command, c.Ehlo | c.Helo | c.Lhlo) and isinstance(command, c.Lhlo) != self._site.lmtp:
            hello = "LHLO" if self._site.lmtp else "EHLO"
            return reply("wrong hello", protocol=self._site.protocol, hello=hello)
        if type(command) not in _HANDLERS:
            return reply("not here", verb=command.verb)
        due = verbs_in_sequence(self._state)
        if command.move in due:
            return None
        return reply(
            "out of sequence", verb=command.verb, due=", ".join(verb for verb in due if verb in self._heeded)
        )

    @property
    def _heeded(self) -> set[str]:
        """The verbs that do something here."""
        return {kind.verb for kind in _HANDLERS} - ({"EHLO", "HELO"} if self._site.lmtp else {"LHLO"})

    @property
    def _open(self) -> Transaction:
        assert self._transaction is not None  # noqa: S101 (the table of states lets nothing in before MAIL)
        return self._transaction

    def _chunk(self, heard: ChunkHeard) -> Iterator[Reply]:
        """Take a block of a chunk, and answer when all of it is in."""
        if self._refused_chunk is None:
            self._open.add(heard.octets)
        if not heard.ended:
            return
        refusal, self._refused_chunk = self._refused_chunk, None
        if refusal is not None:
            yield refusal
        elif heard.last:
            yield from self._content_ended()
        else:
            self._state = State.CHUNKS
            too_large = self._open.too_large
            self._open.chunk_failed = too_large is not None
            yield too_large or reply("chunk ok", size=self._open.size)

    def _content_ended(self) -> Iterator[Reply]:
        transaction, self._transaction = self._open, None
        self._state = State.READY
        planned = self._planned("CONTENT")
        if planned is not None:
            self._state = next_state(self._state, "CONTENT", planned)
        yield from transaction.finish(planned)

    # ---------------------------------------------------------------- mischief

    def _planned(self, step: str) -> Reply | None:
        """Give the refusal that was asked for at this step, if any was."""
        rule = self._site.mischief.take("fail", step)
        return reply_lines(rule.code, [rule.text], status=rule.status) if rule else None

    def _unless_dropped(self, step: str, replies: Iterable[bytes]) -> list[bytes]:
        """Give the replies at a step; where mischief hangs up there, none of them or no more."""
        said = list(replies)
        rule = self._site.mischief.take("drop", step) if said else None
        if rule is None:
            return said
        self._state, self.tls_wanted = State.CLOSED, False
        return said if rule.how == "after" else []

    # ---------------------------------------------------------------- one method a verb

    def _hello(self, command: c.Ehlo | c.Helo | c.Lhlo) -> Reply:
        answer = answer_hello(command, self._site, self._client)
        if answer.is_positive:
            self._transaction = None
        return answer

    def _starttls(self, command: c.StartTls) -> Reply:
        if self._client.tls:
            return reply("TLS is on")
        self.tls_wanted = self._site.offers_tls
        return reply("ready for TLS" if self.tls_wanted else "no TLS")

    def _auth(self, command: c.Auth) -> Reply:
        return self._logged_in(self._login.begin(command))

    def _auth_response(self, command: c.AuthResponse) -> Reply:
        return self._logged_in(self._login.respond(command.response))

    def _logged_in(self, answer: Reply) -> Reply:
        self._client.user = self._login.user
        return answer

    def _mail(self, command: c.Mail | c.Send | c.Soml | c.Saml) -> Reply:
        refusal = check_mail(command, self._site, self._client)
        if refusal is not None:
            return refusal
        self._transaction = Transaction(self._site, self._client, command)
        return reply("sender ok", path=command.path)

    def _rcpt(self, command: c.Rcpt) -> Reply:
        return self._open.rcpt(command)

    def _data(self, command: c.Data) -> Reply:
        return reply("binary needs BDAT" if self._open.binary else "go ahead")

    def _bdat(self, command: c.Bdat) -> Reply | None:
        return reply("chunk after failure") if self._open.chunk_failed else None

    def _rset(self, command: c.Rset) -> Reply:
        self._transaction = None
        return reply("ok")

    def _noop(self, command: c.Noop) -> Reply:
        return reply("ok")

    def _quit(self, command: c.Quit) -> Reply:
        return reply("goodbye")

    def _vrfy(self, command: c.Vrfy) -> Reply:
        return vrfy(self._site.mailboxes, command.argument)

    def _expn(self, command: c.Expn) -> Reply:
        return expn(self._site.mailboxes, command.argument)

    def _help(self, command: c.Help) -> Reply:
        return help_on(command.argument, self._heeded)


def _step(heard: Heard) -> str:
    """Name what was heard as a step of mischief.py."""
    if isinstance(heard, CommandHeard):
        return heard.command.move.partition(" ")[0]
    return "CONTENT" if isinstance(heard, ContentHeard) else "BDAT"


# Any, since each handler takes the one kind of command that its row says.
_HANDLERS: Final[Mapping[type[c.Command], Callable[[Receiver, Any], Reply | None]]] = {
    c.Ehlo: Receiver._hello,
    c.Helo: Receiver._hello,
    c.Lhlo: Receiver._hello,
    c.StartTls: Receiver._starttls,
    c.Auth: Receiver._auth,
    c.AuthResponse: Receiver._auth_response,
    c.Mail: Receiver._mail,
    c.Send: Receiver._mail,
    c.Soml: Receiver._mail,
    c.Saml: Receiver._mail,
    c.Rcpt: Receiver._rcpt,
    c.Data: Receiver._data,
    c.Bdat: Receiver._bdat,
    c.Rset: Receiver._rset,
    c.Noop: Receiver._noop,
    c.Quit: Receiver._quit,
    c.Vrfy: Receiver._vrfy,
    c.Expn: Receiver._expn,
    c.Help: Receiver._help,
}
"""What each command is answered by; a command that has no row is not implemented (502)."""
