"""The words of well-known servers: what they mean, what usually causes them, what to try.

A code says of what kind a refusal is, the text why; these are the texts that people search the web for.  ``says``
are the programs or services known to say it, "" for a wording that many share.  Patterns look for the few words
that stay from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["TEXTS", "KnownText", "known_texts"]


@dataclass(frozen=True, slots=True)
class KnownText(Advice):
    """One wording: ``pattern`` finds it in a reply's text, in any case; ``example`` is a reply that has it."""

    name: str = ""
    pattern: str = ""
    example: str = ""
    meaning: str = ""
    says: str = ""


def _row(
    name: str,
    pattern: str,
    example: str,
    meaning: str,
    cause: str,
    remedy: str,
    *,
    says: str = "",
    source: str = "",
) -> KnownText:
    return KnownText(cause, remedy, source, name, pattern, example, meaning, says)


_LATER: Final = "try the same again later"

TEXTS: Final = (
    # Relaying and recipients.
    _row(
        "relaying denied",
        r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|unable to relay|not (?:a "
        r"|an )?open relay"
        r"|rcpthosts|no relaying to",
        "554 5.7.1 <a@example.org>: Relay access denied",
        "the recipient's domain is none of this server's, and it does not pass on mail for strangers",
        "no login, a login at the wrong port, a domain that is missing in the server's configuration",
        "log in (STARTTLS, EHLO, AUTH; port 587), or send to the domain's own MX: mx:DOMAIN",
        says="Postfix, Exim, Sendmail, Exchange, qmail",
        source="postconf(5): reject_unauth_destination",
    ),
    _row(
        "user unknown",
        r"user unknown|unknown user|no such (?:user|recipient|mailbox)|mailbox (?:not found|unavailable"
        r"|does not exist)"
        r"|unrouteable address|no mailbox (?:here|by that name|<)|recipientnotfound|invalid recipient"
        r"|account that you tried to reach does not exist|user doesn't exist",
        "550 5.1.1 <a@example.org>: Recipient address rejected: User unknown in local recipient table",
        "the domain is served here, the mailbox is not there",
        "a misspelt address, an account that is gone; at the server: a domain in two tables, or a table"
        " that is missing",
        "check the spelling; ask the domain's postmaster",
        says="Postfix, Exim, Sendmail, Dovecot, Exchange, Gmail",
        source="postconf(5): local_recipient_maps",
    ),
    _row(
        "recipient cannot be verified",
        r"undeliverable address|unverified address|address verification (?:in progress|problem)"
        r"|could not complete recipient"
        r"|(?:sender|recipient) (?:address )?callout|callout verification",
        "450 4.1.1 <a@example.org>: Recipient address rejected: unverified address: Address verification"
        " in progress",
        "the server asks the next host whether the address exists, and has no good answer yet",
        "the next host is slow, greylists the probe, or refuses it",
        "try again in some minutes; probe the next host yourself",
        says="Postfix, Exim",
        source="Postfix ADDRESS_VERIFICATION_README",
    ),
    _row(
        "recipient refused by the organisation",
        r"5\.4\.1.*recipient address rejected: access denied|5\.7\.1.*not authorized to send to the recipient",
        "550 5.4.1 Recipient address rejected: Access denied. [AM4PEPF00027A5E.eurprd04.prod.outlook.com]",
        "the organisation at Microsoft 365 does not know the recipient, or does not take its mail",
        "a misspelt address; a mailbox that is not synchronised; a group closed to outsiders",
        "check the address; its administrator sees it in a message trace",
        says="Exchange Online",
        source="Microsoft: Email non-delivery reports in Exchange Online (from memory)",
    ),
    _row(
        "mailbox full",
        r"mailbox (?:<[^>]*> )?(?:is )?full|over ?quota|quota exceeded|out of storage space"
        r"|exceeded (?:its |the )?storage|mailbox size limit",
        "552 5.2.2 <a@example.org> Quota exceeded (mailbox for user is full)",
        "the mailbox has no room left",
        "the owner keeps everything, or does not read it any more",
        "try again in some days; tell the owner by another way",
        says="Dovecot, Gmail, Exchange",
    ),
    _row(
        "mailbox too busy",
        r"receiving mail (?:too quickly|at a rate)|mailbox (?:is )?(?:busy|locked)",
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
        "more mail comes for this user than is allowed",
        "a flood of notices, an attack, a loop",
        "send less often; try again in an hour",
        says="Gmail",
        source="Google: Gmail SMTP errors and codes",
    ),
    _row(
        "account disabled",
        r"(?:account|mailbox|user)(?: that you tried to reach)? (?:is |has been )?(?:disabled|inactive"
        r"|suspended|locked out)",
        "550 5.2.1 The email account that you tried to reach is inactive",
        "the account is there and takes no mail",
        "it was suspended, or nobody has used it for long",
        "ask the owner by another way",
        says="Gmail",
        source="Google: Gmail SMTP errors and codes",
    ),
    _row(
        "domain takes no mail",
        r"nullmx|null mx|does not accept mail",
        "556 5.1.10 <a@example.org>: Recipient address rejected: Domain example.org does not accept mail (nullMX)",
        "the domain says in DNS that it takes no mail (or, for a sender, that bounces cannot go there)",
        "its MX record is '.'",
        "use another address",
        says="Postfix",
        source="RFC 7505",
    ),
    _row(
        "too many recipients",
        r"too many recipients",
        "452 4.5.3 Error: too many recipients",
        "the transaction has as many recipients as the server takes",
        "one message for a long list",
        "end the transaction with those accepted, send the rest in a further one",
        says="Postfix, Sendmail, Exim",
        source="RFC 5321 4.5.3.1.10",
    ),
    # Greylisting and rate limits.
    _row(
        "greylisting",
        r"gr[ae]y-?list",
        "450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted",
        "the first try of an unknown combination of client, sender and recipient is put off on purpose",
        "nothing is wrong: programs that send spam rarely come again",
        "the same sender and recipient from the same address, after some minutes",
        says="postgrey, rspamd, many filters",
        source="RFC 6647",
    ),
    _row(
        "too many connections",
        r"too many (?:concurrent |simultaneous )?(?:smtp )?(?:connections|sessions)|connection (?:rate"
        r"|count) limit"
        r"|maximum number of (?:concurrent )?(?:server )?connections",
        "421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1",
        "your address holds or opens more connections than is allowed",
        "parallel senders behind one address, a program that does not close",
        "close some, wait, open fewer",
        says="Postfix, Exchange",
        source="postconf(5): smtpd_client_connection_count_limit",
    ),
    _row(
        "too many TLS handshakes",
        r"too many new tls sessions",
        "421 4.7.0 mx.example.org Error: too many new TLS sessions from 192.0.2.1",
        "your address begins more TLS sessions than is allowed",
        "a client that does not resume sessions and connects for each message",
        "send several messages in one connection",
        says="Postfix",
        source="postconf(5): smtpd_client_new_tls_session_rate_limit",
    ),
    _row(
        "sending too fast",
        r"too much mail from|too many (?:messages|auth commands)|rate.?limit|sending (?:rate|limit)|limit exceeded"
        r"|unusual rate|deferred due to (?:unexpected volume|user complaints)|tss0[0-9]|throttl",
        "450 4.7.1 Error: too much mail from 192.0.2.1",
        "more mail, from you or your address, than is allowed in this time",
        "a newsletter in one go, a stolen password, a new address without reputation",
        "wait, then send more slowly; at providers look at the account's limit",
        says="Postfix, Gmail, Yahoo, Exchange Online",
        source="postconf(5): smtpd_client_message_rate_limit; Google: Gmail SMTP errors and codes",
    ),
    _row(
        "too many errors",
        r"too many (?:errors|syntax or protocol errors|bad commands|unrecognized commands|nonmail commands"
        r"|unknown commands)",
        "421 4.7.0 mx.example.org Error: too many errors",
        "the server has had enough of refused commands in this connection and hangs up",
        "many wrong recipients, repeated failed logins, a client out of step",
        "connect again; send fewer wrong commands (Postfix: 20 at most, and it slows down from 10 on)",
        says="Postfix, Exim",
        source="postconf(5): smtpd_hard_error_limit",
    ),
    _row(
        "server busy",
        r"(?:server|ports|system)s? (?:is |are )?(?:too )?(?:busy|overloaded)"
        r"|insufficient system (?:resources|storage)"
        r"|system load|try again later|temporar(?:y|ily) (?:local problem|unavailable|deferred|rejected)"
        r"|service currently unavailable",
        "421 4.3.2 All server ports are busy",
        "the server cannot, or will not, take it just now",
        "overload, a full disk, back pressure; some filters say it to strangers on purpose",
        _LATER,
        says="Postfix postscreen, Exchange, Exim",
        source="Postfix POSTSCREEN_README",
    ),
    _row(
        "time-out",
        r"timeout exceeded|timed out|timeout waiting|command timeout|idle (?:for )?too long",
        "421 4.4.2 mx.example.org Error: timeout exceeded",
        "the server waited for a command or for content, and gave up",
        "typing slowly: under load Postfix waits only 10 seconds",
        "connect again; prepare the lines, or /pipeline them",
        says="Postfix, Exim, Exchange",
        source="postconf(5): smtpd_timeout; RFC 5321 4.5.3.2",
    ),
    # Who the client is.
    _row(
        "hello not qualified",
        r"helo command rejected: need fully-qualified hostname|(?:helo|ehlo).*(?:fully.qualified|fqdn)",
        "504 5.5.2 <myhost>: Helo command rejected: need fully-qualified hostname",
        "the name in the hello has no dot",
        "a machine that knows only its short name; localhost",
        "EHLO with a full name that DNS knows; the client's own setting may be called myhostname, helo or"
        " ehlo name",
        says="Postfix",
        source="postconf(5): reject_non_fqdn_helo_hostname",
    ),
    _row(
        "hello not in DNS",
        r"helo command rejected: host not found|helo command rejected: unable to look up",
        "450 4.7.1 <client.example.test>: Helo command rejected: Host not found",
        "the name in the hello has neither an address nor an MX record",
        "an invented or internal name",
        "EHLO with the name that your address has in DNS",
        says="Postfix",
        source="postconf(5): reject_unknown_helo_hostname",
    ),
    _row(
        "hello malformed",
        r"helo command rejected: invalid|syntactically invalid (?:argument|helo|ehlo)"
        r"|helo command rejected: access denied",
        "501 5.5.2 <my_host>: Helo command rejected: Invalid name",
        "the name in the hello cannot be a host's, or is refused",
        "an underscore or a blank in it, an address without brackets, the server's own name",
        "EHLO client.example.org, or EHLO [192.0.2.1]",
        says="Postfix, Exim",
        source="postconf(5): reject_invalid_helo_hostname",
    ),
    _row(
        "hello first",
        r"(?:send|say|polite people say) (?:helo|ehlo|hello)|(?:helo|ehlo)(?: or (?:helo|ehlo)"
        r"|/ehlo)? (?:is )?required"
        r"|send hello first",
        "503 5.5.1 Error: send HELO/EHLO first",
        "a command came before the hello",
        "EHLO left out, or not repeated after STARTTLS",
        "EHLO, then again",
        says="Postfix, Sendmail, Exim, Exchange",
        source="RFC 5321 4.1.4",
    ),
    _row(
        "no reverse DNS",
        r"cannot find your (?:reverse )?host ?name|\bptr\b|reverse (?:dns|lookup|hostname)|\brdns\b"
        r"|does not have a ptr",
        "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]",
        "your address has no name in DNS, or the name does not lead back to the address",
        "a home or cloud address without a PTR record",
        "have the address's owner set a PTR record whose name has that address; or send through a relay",
        says="Postfix, Gmail, Exim",
        source="postconf(5): reject_unknown_client_hostname; RFC 7372 3.3",
    ),
    _row(
        "block list",
        r"blocked using|block ?list|black ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|sorbs"
        r"|\blisted (?:at|in|on|by)|banned sending ip",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "your address is on a public list",
        "a home connection (such lists hold them on purpose), spam from a neighbour or from a cracked account;"
        " or the server asks the list through a public resolver and takes its error for a yes",
        "look the address up at the list named, mend the cause, ask to be taken off; or send through a relay",
        says="Postfix, Exim, Exchange Online",
        source="RFC 5782; postconf(5): reject_rbl_client",
    ),
    _row(
        "client refused",
        r"client host rejected|ip (?:address )?(?:not allowed|is not authori[sz]ed)|not in whitelist"
        r"|traffic not accepted from this ip",
        "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
        "your address is refused by a rule of this server",
        "an access table, a country that is shut out, a port meant for others",
        "try from another address; ask the postmaster",
        says="Postfix, Exchange Online",
        source="access(5)",
    ),
    _row(
        "talked too early",
        r"improper (?:use of smtp )?command pipelining|smtp (?:protocol )?synchroni[sz]ation|pregreet"
        r"|protocol error$",
        "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining",
        "lines were sent before the reply they depend on, or before the greeting",
        "several lines pasted at once; a program that does not wait; PIPELINING that was not offered",
        "wait for each reply; group only what PIPELINING allows, after EHLO offered it: /pipeline",
        says="Postfix, Exim",
        source="postconf(5): reject_unauth_pipelining; RFC 2920 3.1",
    ),
    # The sender.
    _row(
        "sender's domain not found",
        r"sender address rejected: domain not found|domain of sender address .* does not (?:exist|resolve)"
        r"|sender verify failed|sender domain .*(?:does not exist|must exist)",
        "450 4.1.8 <a@no.such.example>: Sender address rejected: Domain not found",
        "the sender's domain has neither MX nor address records, or the sender cannot be reached",
        "an invented domain, a misspelt one, DNS that does not answer",
        "send from a domain that exists; with 4yz look at its name servers",
        says="Postfix, Sendmail, Exim",
        source="postconf(5): reject_unknown_sender_domain",
    ),
    _row(
        "recipient's domain not found",
        r"recipient address rejected: domain not found|domain (?:name )?not found|host or domain name not found",
        "450 4.1.2 <a@no.such.example>: Recipient address rejected: Domain not found",
        "the recipient's domain has neither MX nor address records",
        "a misspelt domain, DNS that does not answer",
        "check the spelling; look up the domain's MX",
        says="Postfix",
        source="postconf(5): reject_unknown_recipient_domain",
    ),
    _row(
        "address not qualified",
        r"address rejected: need fully-qualified address",
        "504 5.5.2 <me>: Sender address rejected: need fully-qualified address",
        "the address has no full domain",
        "a local name such as root, or a domain without a dot",
        "write local-part@domain",
        says="Postfix",
        source="postconf(5): reject_non_fqdn_sender, reject_non_fqdn_recipient",
    ),
    _row(
        "sender not yours",
        r"sender address rejected: not (?:owned by|logged in)|permissions? to send as|sendasdenied"
        r"|not allowed to send as"
        r"|sender (?:address )?(?:is )?not (?:allowed|owned|permitted)",
        "553 5.7.1 <boss@example.org>: Sender address rejected: not owned by user me",
        "the login may not use this sender",
        "From or MAIL of another account, an alias the server was not told of",
        "send as the address of the login, or have the alias allowed",
        says="Postfix, Exchange Online",
        source="postconf(5): reject_sender_login_mismatch",
    ),
    _row(
        "sender refused",
        r"sender address rejected: access denied|banned sender|sender (?:is )?(?:denied|blocked)",
        "554 5.7.1 <a@example.org>: Sender address rejected: Access denied",
        "the sender is on a list of this server",
        "an access table, complaints about the sender",
        "send as somebody else; ask the postmaster",
        says="Postfix, Exchange Online",
        source="access(5)",
    ),
    # Who says so: SPF, DKIM, DMARC.
    _row(
        "SPF",
        r"\bspf\b|not (?:allowed|authorized|designated|permitted) (?:to send|sender)|openspf",
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation (SPF)",
        "the sender's domain does not list the address you send from",
        "a server or service that is missing in the domain's SPF record; forwarding",
        "send through the domain's own servers, or have the address added; forwarders rewrite the sender (SRS)",
        source="RFC 7208, RFC 7372 3.2",
    ),
    _row(
        "DMARC",
        r"\bdmarc\b|sender is unauthenticated|unauthenticated (?:email|mail|sender)",
        "550 5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy",
        "neither SPF nor DKIM speaks for the domain in From, and that domain wants such mail refused",
        "a newsletter service, a list or a forwarder that sends with a From of somebody else's domain",
        "sign with DKIM by the domain of From, or send from an address in its SPF record; use your own"
        " domain in From",
        says="Gmail, Yahoo, Exchange Online",
        source="RFC 7489 6.3; Google: Gmail SMTP errors and codes",
    ),
    _row(
        "DKIM",
        r"\bdkim\b",
        "550 5.7.20 No passing DKIM signature found",
        "a DKIM signature is missing, does not verify, or is not the author's domain's",
        "a key that is not in DNS, a footer added after signing, a wrong selector",
        "check the selector's DNS record; look what changes the message after it was signed",
        source="RFC 6376, RFC 7372 3.1",
    ),
    # TLS and logging in.
    _row(
        "encryption needed to log in",
        r"encryption required for requested|plaintext authentication disallowed|cleartext (?:authentication"
        r"|password)",
        "538 5.7.11 Encryption required for requested authentication mechanism",
        "this mechanism shows the password, so it is for use inside TLS",
        "AUTH PLAIN or LOGIN before STARTTLS",
        "STARTTLS, EHLO, AUTH",
        says="Postfix, Dovecot",
        source="RFC 4954 6",
    ),
    _row(
        "TLS first",
        r"must issue a starttls|starttls (?:is )?(?:required|first)|(?:tls|ssl|encryption"
        r"|encrypted connection) (?:is )?(?:required|needed)"
        r"|session encryption is required",
        "530 5.7.0 Must issue a STARTTLS command first",
        "the server talks only inside TLS",
        "a submission server, or a policy for the recipient's domain",
        "STARTTLS, EHLO, then again; or smtps:// on port 465",
        says="Postfix, Gmail",
        source="RFC 3207 4",
    ),
    _row(
        "TLS not available",
        r"tls (?:is )?not available|tls not supported",
        "454 4.7.0 TLS not available due to local problem",
        "the server offers TLS and cannot do it",
        "a key or certificate that cannot be read, no randomness",
        "tell the postmaster; its log says which file",
        says="Postfix",
        source="RFC 3207 4",
    ),
    _row(
        "AUTH is not there",
        r"authentication not enabled|(?:auth|starttls|atrn) command used when not advertised"
        r"|authentication not supported"
        r"|auth(?:entication)? (?:command )?not (?:available|recogni[sz]ed|implemented)",
        "503 5.5.1 Error: authentication not enabled",
        "the server does not take the command here",
        "a port for servers, not for users (25); AUTH that is offered only inside TLS",
        "port 587 with STARTTLS, or 465; look at what EHLO offers",
        says="Postfix, Exim",
        source="postconf(5): smtpd_sasl_auth_enable, smtpd_tls_auth_only",
    ),
    _row(
        "login needed",
        r"authentication (?:is )?required|auth(?:entication)? (?:command )?first|not authenticated to send"
        r"|please (?:log ?in|authenticate)|must (?:log ?in|authenticate)",
        "530 5.7.0 Authentication required",
        "the server sends only for those who log in",
        "no AUTH, or a client that sends before it",
        "STARTTLS, EHLO, AUTH, then again",
        says="Exchange Online, Gmail, Exim",
        source="RFC 4954 6",
    ),
    _row(
        "app password",
        r"application-specific password|app(?:lication)? password",
        "534 5.7.9 Application-specific password required",
        "the account has two factors, and programs need a password of their own",
        "the account's usual password",
        "make an app password in the account's security settings, or use OAuth: /auth XOAUTH2",
        says="Gmail, Yahoo, iCloud",
        source="Google: Gmail SMTP errors and codes",
    ),
    _row(
        "login forbidden by the tenant",
        r"smtpclientauthentication is disabled|5\.7\.139|basic authentication is disabled",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
        "the organisation has turned off logins by password over SMTP",
        "the default of newer Microsoft 365 tenants; security defaults; conditional access",
        "have SMTP AUTH enabled for the mailbox, or use OAuth: /auth XOAUTH2",
        says="Exchange Online",
        source="Microsoft: SMTP AUTH in Exchange Online",
    ),
    _row(
        "login store down",
        r"temporary authentication failure|temporary (?:internal )?(?:auth|authentication) (?:problem|error)",
        "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
        "the server cannot ask its password store",
        "Dovecot, saslauthd or a directory that is down",
        _LATER,
        says="Postfix, Gmail",
        source="RFC 4954 6",
    ),
    _row(
        "mechanism not there",
        r"(?:unsupported|unrecogni[sz]ed|invalid|unknown) authentication (?:mechanism|method|type)",
        "504 5.5.4 Unrecognized authentication type",
        "the server does not have this SASL mechanism",
        "a misspelt name; a mechanism that is offered only inside TLS, or not at all",
        "look at the AUTH line that EHLO brings; /auth picks the strongest that is offered",
        says="Dovecot, Exchange, aiosmtpd, Postfix",
        source="RFC 4954 4",
    ),
    _row(
        "credentials refused",
        r"authentication (?:credentials invalid|failed|unsuccessful|failure)|incorrect authentication data"
        r"|username and password not accepted|invalid (?:login|credentials|user ?name or password"
        r"|authentication)|bad credentials"
        r"|password (?:is )?(?:incorrect|wrong)",
        "535 5.7.8 Error: authentication failed: authentication failure",
        "name and password do not fit, or may not be used here",
        "a mistyped password, a name without its domain, an app password that is needed, a locked account",
        "try the name with and without its domain; log in on the provider's web page; look for an app password",
        says="Postfix, Exim, Exchange, Gmail, Stalwart",
        source="RFC 4954 6",
    ),
    # Order and syntax.
    _row(
        "out of order",
        r"need (?:mail|rcpt)(?: (?:before|command))?|nested mail|bad sequence of commands"
        r"|no valid recipients|mail transaction in progress"
        r"|command not allowed at this point|(?:sender|mail) already (?:specified|given)"
        r"|sender not yet given|rcpt command must precede|mail needed first",
        "503 5.5.1 Error: need MAIL command",
        "a command came before the one it needs, or twice",
        "a refused MAIL or RCPT that was not noticed; a transaction not ended",
        "/state shows where you are; RSET begins anew",
        says="Postfix, Sendmail, Exim, OpenSMTPD",
        source="RFC 5321 4.1.4",
    ),
    _row(
        "parameter refused",
        r"unsupported (?:option|parameter)|may not follow <|parameters? not (?:recogni[sz]ed|implemented)"
        r"|unrecogni[sz]ed parameter",
        "555 5.5.4 Unsupported option: NOTIFY=SUCCESS",
        "a parameter behind the path that the server does not have",
        "an extension that was not offered; HELO instead of EHLO",
        "leave it out; see what EHLO offers",
        says="Postfix, aiosmtpd",
        source="RFC 5321 4.1.1.11",
    ),
    _row(
        "bad address syntax",
        r"invalid (?:from|to): |bad (?:recipient|sender)? ?address syntax|malformed (?:recipient|sender)? ?address"
        r"|syntax error in (?:address|parameters)"
        r"|syntax: (?:mail|rcpt)",
        "501 5.1.7 Bad sender address syntax",
        "the path cannot be read",
        "missing brackets, a blank behind the colon, signs that need quotes",
        "MAIL FROM:<a@b.example>",
        says="Postfix, Exim",
        source="RFC 5321 4.1.2",
    ),
    _row(
        "unknown command",
        r"command not (?:recogni[sz]ed|implemented)|unrecogni[sz]ed command|(?:unknown|unsupported"
        r"|invalid) command"
        r"|i can break rules",
        "500 5.5.2 Error: command not recognized",
        "the server does not have this verb",
        "a misspelt verb; content sent where a command is due; TLS or HTTP sent in the clear",
        "look at the line; after a refused DATA the content is read as commands",
        says="Postfix, Exim, Exchange",
        source="RFC 5321 4.2.4",
    ),
    _row(
        "bare line feed",
        r"bare <?(?:lf|cr|newline|line ?feed)>?",
        "521 5.5.2 mx.example.org Error: bare <LF> received",
        "a line ended in LF alone, which can be used to smuggle messages",
        "a program that sends text as a file has it; nc without -C",
        "end every line in CRLF; /data does it for you",
        says="Postfix, Microsoft",
        source="Postfix: smtp-smuggling",
    ),
    _row(
        "line too long",
        r"lines? (?:is |are )?too long|maximum allowed line length|line (?:length )?(?:limit )?exceed"
        r"|line length limit",
        "550 maximum allowed line length is 998 octets, got 1756",
        "a line of the content or a command is longer than the standard allows",
        "HTML or base64 without line breaks, one very long header field",
        "encode as quoted-printable or base64 with lines of 76; fold header fields",
        says="Exim, aiosmtpd",
        source="RFC 5321 4.5.3.1.6, RFC 5322 2.1.1",
    ),
    _row(
        "SMTPUTF8 needed",
        r"smtputf8|internationali[sz]ed (?:mail|email|address)",
        "553 5.6.7 Must declare SMTPUTF8 to send unicode address",
        "an address has letters beyond ASCII, and MAIL did not say so",
        "an accent in the local-part, a domain not in its xn-- form",
        "MAIL FROM:<...> SMTPUTF8 where EHLO offers it; else an ASCII address",
        says="Postfix",
        source="RFC 6531 3.4",
    ),
    # The message.
    _row(
        "message too big",
        r"message (?:size|file|is)? ?(?:exceeds|too (?:big|large))|(?:size|chunk) exceeds"
        r"|too much mail data|exceed(?:s|ed)? (?:the )?"
        r"(?:fixed )?(?:maximum )?(?:message )?size",
        "552 5.3.4 Message size exceeds fixed limit",
        "the message is larger than the server takes",
        "an attachment; base64 adds a third",
        "EHLO's SIZE says how much; send less, or a link",
        says="Postfix, Exim, Gmail, aiosmtpd",
        source="RFC 1870 6.1",
    ),
    _row(
        "spam",
        r"\bspam|unsolicited|junk mail|low reputation|poor reputation|gtube|suspicious",
        "554 5.7.1 Spam message rejected",
        "a filter took the message for spam",
        "words and links in it, an address without reputation, missing signatures",
        "send a short plain text and compare; look at SPF, DKIM and DMARC; ask the postmaster",
        says="rspamd, SpamAssassin, Gmail",
    ),
    _row(
        "virus",
        r"virus|malware|infected|trojan|clamav|5\.7\.0.*blocked because its content presents",
        "554 5.7.1 virus Eicar-Test-Signature found in message",
        "a scanner found, or thinks that it found, something harmful",
        "a harmful or a nested attachment, a program in an archive",
        "send without the attachment; scan it yourself",
        says="ClamAV, Gmail",
    ),
    _row(
        "content refused",
        r"(?:message|mail) (?:content )?(?:was |has been )?(?:rejected|refused)|content rejected"
        r"|administrative prohibition|policy (?:rejection"
        r"|violation|reasons)|transaction failed",
        "550 5.7.1 message content rejected",
        "a rule of this server refused the message",
        "header or body checks, a kind of attachment, an address in it",
        "send a short plain text and compare; ask the postmaster, who finds it in the log by time",
        says="Postfix, Exim, Exchange",
        source="header_checks(5)",
    ),
    _row(
        "loop",
        r"too many hops|loops? back to (?:myself|itself)|mail loop|too many .?received|hop count exceeded"
        r"|routing loop|5\.4\.6",
        "554 5.4.0 Error: too many hops",
        "the message goes round between servers",
        "a forward that comes back; an MX record to a host that does not think itself final",
        "count the Received fields; mend the forwarding, or the server's list of its own domains",
        says="Postfix, Exim, Exchange",
        source="RFC 5321 6.3",
    ),
    # The server itself.
    _row(
        "misconfigured server",
        r"server configuration|(?:queue file|spool file) write|temporary lookup (?:failure|error)"
        r"|local (?:data )?error|mail system (?:error|full)"
        r"|internal error",
        "451 4.3.5 Server configuration error",
        "the server cannot work as it is set up",
        "a table or map that is missing, a full disk, a database or a filter that is down",
        "tell the postmaster: the log has the reason; try again later",
        says="Postfix",
        source="Postfix DEBUG_README",
    ),
    _row(
        "VRFY or EXPN turned off",
        r"vrfy (?:command )?(?:is )?(?:disabled|disallowed)|(?:expn|vrfy) not (?:implemented|allowed"
        r"|available)|cannot vrfy",
        "502 5.5.1 VRFY command is disabled",
        "the server does not tell who exists",
        "turned off against collectors of addresses",
        "ask by RCPT, and RSET behind it",
        says="Postfix, Exim, Sendmail",
        source="postconf(5): disable_vrfy_command",
    ),
)
"""The wordings, the more particular ones first."""

_COMPILED: Final = tuple((re.compile(row.pattern, re.IGNORECASE | re.DOTALL), row) for row in TEXTS)


def known_texts(text: str) -> Iterator[KnownText]:
    """Give the wordings that a reply's text has, in the table's order."""
    return (row for pattern, row in _COMPILED if pattern.search(text[:4000]))
