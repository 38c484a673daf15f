"""Findings: what usually leads to each, and what to do about it; for what a server did, what a client can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["RULE_ADVICE"]

_TELL: Final = "tell whoever runs or writes the server; a client does best to read on"
_BREAK: Final = "a server, or something in front of it, that does not keep the standard"

RULE_ADVICE: Final[Mapping[str, Advice]] = {
    # What we send: the order of commands.
    "command-after-goodbye": Advice(
        "the server said 221 or 421 before this line went out", "/connect opens another"
    ),
    "mail-inside-transaction": Advice(
        "the transaction before was neither finished nor dropped", "RSET, then MAIL"
    ),
    "data-after-bdat": Advice("content begun by BDAT", "end it by BDAT 0 LAST, or RSET and begin anew"),
    "bdat-after-last": Advice("LAST behind the chunk before", "begin a new transaction by MAIL"),
    "auth-in-transaction": Advice("AUTH was thought of after MAIL", "RSET, AUTH, then MAIL again"),
    "no-hello-after-tls": Advice(
        "the hello from before TLS does not count any more", "EHLO first; /starttls says it"
    ),
    "out-of-sequence": Advice("a command before the one it needs", "/state draws what leads where"),
    # Groups.
    "before-greeting": Advice(
        "a client that talks without listening, as spam senders do; servers watch for it", "wait for the 220"
    ),
    "pipelining-not-offered": Advice(
        "several lines pasted or sent at once", "wait for each reply; EHLO may offer it"
    ),
    "not-last-of-group": Advice(
        "a line behind EHLO, DATA, AUTH, STARTTLS or the like, whose reply decides what comes next",
        "end the group with that command, read its reply, go on",
    ),
    # Verbs.
    "unknown-verb": Advice("a misspelt verb, or one of a private extension", "look at what EHLO offers"),
    "argument-missing": Advice("the verb stands alone", "/help VERB shows how it is written"),
    "argument-not-allowed": Advice("something stands behind a verb that takes nothing", "leave it out"),
    "arguments-unreadable": Advice("a missing colon, bracket or number", "/help VERB shows how it is written"),
    "verb-not-offered": Advice(
        "the server lacks the extension, or offers it only inside TLS or after a login",
        "/capabilities; STARTTLS first",
    ),
    "verb-obsolete": Advice("a verb of 1982 that RFC 5321 gives up", "MAIL does what is still done"),
    "starttls-again": Advice("the connection is encrypted already", "go on; there is no TLS inside TLS"),
    "binarymime-by-data": Advice("BODY=BINARYMIME behind MAIL", "BDAT, or RSET and MAIL without it"),
    # Hellos.
    "hello-no-domain": Advice("a host name with an underscore or a blank", "say a real domain, or [ADDRESS]"),
    "hello-bare-address": Advice("an address as it stands", "write EHLO [192.0.2.1] or EHLO [IPv6:2001:db8::1]"),
    "hello-unqualified": Advice(
        "a machine that knows only its short name; many servers refuse that from strangers",
        "say a name with a dot that DNS knows; /set hello NAME for commands of several steps",
    ),
    "helo-address-literal": Advice("HELO with an address", "EHLO takes it; HELO wants a domain"),
    "hello-to-lmtp": Advice("EHLO or HELO to an LMTP server", "say LHLO"),
    # Paths.
    "path-syntax": Advice(
        "missing brackets, a blank, no @, a dot at an end", "<local-part@domain>, or <> for bounces"
    ),
    "space-before-path": Advice(
        "the way it is written in header fields; many servers forgive it, some do not", "write MAIL FROM:<a@b>"
    ),
    "null-forward-path": Advice("<> behind RCPT TO", "name a mailbox; only the reverse-path may be empty"),
    "bare-postmaster-sends": Advice("<postmaster> behind MAIL FROM", "add a domain"),
    "path-8bit": Advice("an address beyond ASCII", "put SMTPUTF8 behind MAIL, where it is offered"),
    "local-part-too-long": Advice(
        "tags, tokens or VERP in the local-part", "shorten it; some servers refuse more than 64"
    ),
    "domain-too-long": Advice("a test, or a mistake in a template", "no name in DNS is so long"),
    "path-too-long": Advice("a source route, or a very long address", "shorten it"),
    "source-route": Advice(
        "an address of the time before DNS, or a probe for open relays", "write the mailbox alone"
    ),
    "address-literal": Advice(
        "an address in brackets instead of a domain", "many servers refuse it; use a domain"
    ),
    "recipients-many": Advice("one transaction for a long list", "send in transactions of 100 recipients"),
    "recipients-over-limit": Advice("more RCPT than RCPTMAX in LIMITS", "send the rest in a further transaction"),
    # Parameters.
    "parameter-syntax": Advice(
        "a typing mistake, or a value that must be xtext", "/explain PARAMETER shows the form"
    ),
    "parameter-twice": Advice("the same parameter twice", "leave one out"),
    "parameter-misplaced": Advice(
        "NOTIFY and ORCPT belong to RCPT; RET, ENVID, SIZE and BODY to MAIL", "move it to the other command"
    ),
    "parameter-not-offered": Advice(
        "no EHLO, or a server without the extension; it will answer 555 or 501", "leave it out, or say EHLO first"
    ),
    "size-exceeded": Advice(
        "a big attachment; base64 adds a third", "send less; the server will refuse it anyway"
    ),
    "notify-never-combined": Advice("NOTIFY=NEVER,FAILURE or the like", "NEVER alone, or the others without it"),
    "requiretls-in-clear": Advice("MAIL with REQUIRETLS before STARTTLS", "STARTTLS, EHLO, then MAIL"),
    # Login.
    "auth-in-clear": Advice(
        "PLAIN, LOGIN or a token without TLS: whoever listens has the password",
        "STARTTLS first; change the password",
    ),
    "auth-again": Advice("AUTH after a 235", "connect anew to be somebody else"),
    "mechanism-not-offered": Advice(
        "a mechanism that is offered only inside TLS, or not at all", "/auth picks one"
    ),
    "initial-response-early": Advice(
        "LOGIN, CRAM-MD5 and others begin with a challenge", "leave the response out"
    ),
    "initial-response-too-long": Advice(
        "a token or ticket of more than 500 octets", "say AUTH alone, answer the 334"
    ),
    "response-not-base64": Advice(
        "plain text typed where base64 is due", "/set auth plain encodes for you; * gives up"
    ),
    # The command line's octets.
    "command-line-too-long": Advice(
        "a long path or many parameters", "shorten it; servers answer 500 and lose step"
    ),
    "command-bare-lf": Advice(
        "a program or nc without -C that ends lines in LF",
        "end lines in CRLF; servers refuse bare LF since smuggling",
    ),
    "command-bare-cr": Advice("a file with old line ends, or a probe", "take it out"),
    "command-control": Advice("a paste, or a cursor key that was sent as it is", "type the line anew"),
    "command-8bit": Advice("an address or name beyond ASCII", "SMTPUTF8, where it is offered"),
    "command-trailing-space": Advice("a blank typed or pasted at the end", "harmless; some old servers mind"),
    # Content.
    "content-bare-line-end": Advice(
        "content sent exactly as a file has it; where two servers read it differently, one may see two messages",
        "let /data repair it (without --exact); look up SMTP smuggling, such as CVE-2023-51764",
        "Postfix: smtp-smuggling",
    ),
    "content-lookalike": Advice(
        "a dot between line ends that only some servers take for the end: how messages are smuggled",
        "end lines in CRLF; test a server with it only where you may",
        "Postfix: smtp-smuggling",
    ),
    "content-line-too-long": Advice(
        "HTML or base64 without line breaks; servers cut or refuse such lines",
        "use quoted-printable or base64 in lines of 76",
    ),
    "content-nul": Advice("binary content, or UTF-16 text", "encode it in base64"),
    "content-8bit": Advice(
        "text in UTF-8 or Latin-1 sent as it is, and MAIL did not say so",
        "put BODY=8BITMIME behind MAIL where it is offered, or encode as quoted-printable or base64",
    ),
    "content-over-declared": Advice("SIZE= counted without CRLF, or of another file", "declare what goes out"),
    "content-over-limit": Advice("more than SIZE in the reply to EHLO", "send less; 552 is to be expected"),
    # What we receive: which reply it is.
    "unsolicited-reply": Advice(
        "a time-out (421), or sides that are out of step", "read it; /state, then RSET or QUIT"
    ),
    "reply-after-goodbye": Advice("a server that answers commands it had read before its goodbye", _TELL),
    "end-inside-reply": Advice(
        "the server died, or a firewall cut the connection", "connect again; its log may say why"
    ),
    "code-unlisted": Advice(
        "a server with codes of its own; 421 and 450 to all is common", "go by the first digit"
    ),
    "accepted-out-of-sequence": Advice("a lenient server", "do not count on it: others answer 503"),
    "lmtp-content-unaddressed": Advice(_BREAK, _TELL),
    "lmtp-accepts-hello": Advice("one program that speaks both, and does not look at the port", _TELL),
    "enhanced-code-missing": Advice("a filter or policy with a text of its own", "go by the reply code"),
    "enhanced-code-misplaced": Advice(
        "a server that puts one everywhere", "harmless; some clients show it as text"
    ),
    "enhanced-code-unknown": Advice(
        "a code of one vendor, such as 5.7.606 or 5.7.139", "read the text, ask the vendor's list"
    ),
    # Texts that machines read.
    "greeting-no-domain": Advice(
        "a hidden or decorated greeting, or a firewall's stars", "harmless to us; loops go unseen"
    ),
    "greeting-several-lines": Advice(
        "a warning or notice in the greeting, also to try clients out", "read on to the last"
    ),
    "goodbye-no-domain": Advice("a short goodbye such as 221 Bye", "harmless"),
    "forward-path-missing": Advice("a server that knows a user has moved and does not tell where", "ask the user"),
    "vrfy-no-mailbox": Advice("a server that says yes to everything", "do not take it for proof; ask by RCPT"),
    "recipients-552": Advice(
        "a server that follows RFC 821", "take it as 452: send the rest in a further transaction"
    ),
    "challenge-not-base64": Advice("a server that shows a prompt in plain text", _TELL),
    "replies-unasked": Advice("a server that offers PRDR and gets ahead of itself", _TELL),
    # Replies to hellos.
    "hello-reply-no-domain": Advice("a firewall or a toy server", "harmless to us"),
    "helo-offers": Advice("one answer for both hellos", "say EHLO; what HELO is told does not count"),
    "keyword-syntax": Advice(
        "a keyword with blanks, signs or in stars, as some firewalls write", "take it as not offered"
    ),
    "keyword-twice": Advice("two modules that offer the same, or AUTH= for old clients", "harmless"),
    "keyword-parameter": Advice("a newer document than we know, or a mistake", "take it as not said"),
    "size-syntax": Advice("a size with a unit or a sign", "take it as no limit"),
    "size-too-small": Advice("a small device, or a test", "send short messages"),
    "auth-no-mechanism": Advice(
        "a server whose password store is not set up", "try inside TLS; tell the administrator"
    ),
    "auth-offered-in-clear": Advice(
        "a server that leaves it to the client not to give away the password",
        "STARTTLS before AUTH; /auth insists",
    ),
    "requiretls-offered-in-clear": Advice(_BREAK, "ask for it inside TLS only"),
    "starttls-inside-tls": Advice(
        "a proxy that ends TLS, and a server behind it that does not know", "do not use it"
    ),
    "offers-lost-in-tls": Advice(
        "a proxy or firewall that ends TLS, or a filter there", "trust what is said inside TLS"
    ),
    "offers-gained-in-tls": Advice("often on purpose: AUTH only inside TLS", "trust what is said inside TLS"),
    "binarymime-alone": Advice(_BREAK, "do not use BINARYMIME"),
    "smtputf8-alone": Advice(_BREAK, "do not use SMTPUTF8"),
    # A reply's octets.
    "reply-unreadable": Advice(
        "TLS in the clear or the other way round, another protocol, or a dump", "check the port"
    ),
    "code-preliminary": Advice("an FTP server, or a keep-alive of a filter", "wait for the next reply"),
    "code-out-of-range": Advice("a typing mistake in a configured text", "go by the first digit"),
    "code-changes": Advice("a text of several lines put together from two places", "the last line counts"),
    "enhanced-class-mismatch": Advice(
        "a configured text such as 550 4.7.1: clients disagree whether to try again", "go by the reply code"
    ),
    "reply-bare-lf": Advice("a server written in a hurry", _TELL),
    "reply-bare-cr": Advice("a text with odd line ends, or an attempt to hide lines in a log", _TELL),
    "reply-control": Advice(
        "a text in another charset, or an attempt at the terminal", "it is shown, never obeyed"
    ),
    "reply-line-too-long": Advice("a long explanation in one line", "some clients cut it, or give up"),
    "reply-tab": Advice("a text put together by a script", "some clients cannot read it"),
    "reply-no-text": Advice("a terse server", "clients must accept it; some old ones do not"),
    "reply-8bit": Advice("a text in the language of the server's owner", "harmless to us; SMTPUTF8 allows it"),
    # The stream.
    "octets-before-tls": Advice(
        "somebody on the way put lines in before TLS began, or a server that talks too early",
        "they are thrown away here; do not trust this path",
        "CVE-2011-0411",
    ),
    "closed-unanswered": Advice(
        "a crash, a limit on errors or time, a firewall, a filter that drops without a word",
        "its log may say why; try slower",
    ),
    "closed-without-goodbye": Advice(
        "a time-out without 421, a restart, a firewall that forgets", "connect again"
    ),
}
"""Rule id -> advice."""
