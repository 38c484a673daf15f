"""SASL: each mechanism's exchange, message by message; SCRAM against scramp; all of them against real servers."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scramp import ScramMechanism

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol import scram
from smtpshell.protocol.sasl import MECHANISMS, Credentials, Exchange, decode, encode, strongest
from smtpshell.session.session import Session
from tests.servers.real_servers import RealServer

TIM = Credentials(user="tim", password="tanstaaftanstaaf")

# mechanism, credentials, then what each side says in turn: the client first, None where it has nothing to say
DIALOGUES: list[tuple[str, Credentials, list[bytes | None]]] = [
    ("PLAIN", TIM, [b"\0tim\0tanstaaftanstaaf"]),  # RFC 4616 4
    ("PLAIN", Credentials(user="Kurt", password="xipj3plmq", authorization="Ursel"), [b"Ursel\0Kurt\0xipj3plmq"]),
    ("LOGIN", TIM, [None, b"Username:", b"tim", b"Password:", b"tanstaaftanstaaf"]),
    (
        "CRAM-MD5",  # RFC 2195 2
        TIM,
        [
            None,
            b"<1896.697170952@postoffice.reston.mci.net>",
            b"tim b913a602c7eda7a495b4e6e7334d3890",
        ],
    ),
    (
        "SCRAM-SHA-1",  # RFC 5802 5
        Credentials(user="user", password="pencil", nonce=lambda: "fyko+d2lbbFgONRv9qkxdawL"),
        [
            b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            b"",
        ],
    ),
    (
        "SCRAM-SHA-256",  # RFC 7677 3
        Credentials(user="user", password="pencil", nonce=lambda: "rOprNGfwEbeRWgbNEkqO"),
        [
            b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            (
                b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            ),
            b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            b"",
        ],
    ),
    (
        "XOAUTH2",
        Credentials(user="someuser@example.test", token="vF9dft4qmT"),
        [b"user=someuser@example.test\x01auth=Bearer vF9dft4qmT\x01\x01", b'{"status":"401"}', b""],
    ),
    (
        "OAUTHBEARER",  # RFC 7628 4.1, 3.2.3
        Credentials(user="user@example.test", token="vF9dft4qmT", host="server.example.test", port=587),
        [
            b"n,a=user@example.test,\x01host=server.example.test\x01port=587\x01auth=Bearer vF9dft4qmT\x01\x01",
            b'{"status":"invalid_token"}',
            b"\x01",
        ],
    ),
    ("EXTERNAL", Credentials(authorization="fred"), [b"fred"]),
    ("ANONYMOUS", Credentials(user="sirhc"), [b"sirhc"]),
]


@pytest.mark.parametrize(
    ("name", "credentials", "said"), DIALOGUES, ids=[f"{row[0]}-{row[1].user}" for row in DIALOGUES]
)
def test_dialogue(name: str, credentials: Credentials, said: list[bytes | None]) -> None:
    """Each mechanism says what its document shows, and then nothing more."""
    exchange = MECHANISMS[name].start(credentials)
    assert next(exchange) == said[0]
    for challenge, answer in zip(said[1::2], said[2::2], strict=True):
        assert challenge is not None
        assert exchange.send(challenge) == answer
    with pytest.raises(StopIteration):
        exchange.send(b"more")


def say(exchange: Exchange, challenge: bytes) -> bytes:
    """Send a challenge and give the answer, which must not be nothing."""
    answer = exchange.send(challenge)
    assert answer is not None
    return answer


def test_digest_md5_proves_both_sides() -> None:
    """DIGEST-MD5 answers with the digest RFC 2831 2.1.2.1 defines, and takes only the server's matching proof."""
    credentials = Credentials(
        user="chris", password="secret", host="mail.example.test", nonce=lambda: "OA6MHXh6VqTrRk"
    )
    exchange = MECHANISMS["DIGEST-MD5"].start(credentials)
    assert next(exchange) is None
    challenge = b'realm="elwood.example.test",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'
    answer = say(exchange, challenge).decode()

    def md5(text: bytes) -> str:
        return hashlib.md5(text, usedforsecurity=False).hexdigest()

    secret = hashlib.md5(b"chris:elwood.example.test:secret", usedforsecurity=False).digest()
    a1 = md5(secret + b":OA6MG9tEQGm2hh:OA6MHXh6VqTrRk")
    middle = "OA6MG9tEQGm2hh:00000001:OA6MHXh6VqTrRk:auth"
    expected = md5(f"{a1}:{middle}:{md5(b'AUTHENTICATE:smtp/mail.example.test')}".encode())
    assert f"response={expected}" in answer
    assert 'username="chris"' in answer
    proof = md5(f"{a1}:{middle}:{md5(b':smtp/mail.example.test')}".encode())
    assert exchange.send(f"rspauth={proof}".encode()) == b""


@pytest.mark.parametrize(
    ("name", "challenge", "complaint"),
    [
        ("DIGEST-MD5", b"realm=x", "no nonce"),
        ("SCRAM-SHA-256", b"", "does not continue our nonce"),
        ("SCRAM-SHA-256", b"r=other,s=QSXC,i=1", "does not continue our nonce"),
        ("SCRAM-SHA-256", b"r=abc,s=QSXC,i=1", "does not continue our nonce"),
        ("SCRAM-SHA-256", b"r=abcdef,s=!,i=1", "no salt"),
        ("SCRAM-SHA-256", b"r=abcdef,s=QSXC,i=0", "iteration count"),
        ("SCRAM-SHA-256", b"r=abcdef,s=QSXC,i=99999999999", "iteration count"),
        ("SCRAM-SHA-256", b"m=x,r=abcdef,s=QSXC,i=1", "does not continue our nonce"),
    ],
)
def test_unusable_challenge(name: str, challenge: bytes, complaint: str) -> None:
    """A challenge that cannot be understood ends the exchange in one clear error."""
    exchange = MECHANISMS[name].start(Credentials(user="u", password="p", nonce=lambda: "abc"))
    next(exchange)
    with pytest.raises(RemoteProtocolError, match=complaint):
        exchange.send(challenge)


@pytest.mark.parametrize("final", [b"v=AAAA", b"", b"x"])
def test_scram_server_without_proof(final: bytes) -> None:
    """A server that does not know the password is found out."""
    exchange = MECHANISMS["SCRAM-SHA-1"].start(Credentials(user="u", password="p", nonce=lambda: "abc"))
    next(exchange)
    exchange.send(b"r=abcdef,s=QSXC,i=1")
    with pytest.raises(RemoteProtocolError, match="did not prove"):
        exchange.send(final)


def test_scram_server_error_is_no_exception() -> None:
    """The server's own error is answered by nothing; its negative reply says the rest."""
    exchange = MECHANISMS["SCRAM-SHA-1"].start(Credentials(user="u", password="p", nonce=lambda: "abc"))
    next(exchange)
    exchange.send(b"r=abcdef,s=QSXC,i=1")
    assert exchange.send(b"e=invalid-proof") == b""


# What RFC 4013 forbids is for the server to refuse, and the oracle refuses it: it is left out here.
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(NAMES, NAMES, st.sampled_from(["SCRAM-SHA-1", "SCRAM-SHA-256"]), st.booleans())
def test_scram_against_an_oracle(user: str, password: str, name: str, plus: bool) -> None:
    """The server of scramp accepts our proof, for any name and password, with and without channel binding."""
    data = ("tls-unique", b"binding data")
    full = f"{name}-PLUS" if plus else name
    mechanism = ScramMechanism(full)
    salt, stored, server, count = mechanism.make_auth_info(password, iteration_count=4096)
    oracle = mechanism.make_server(
        lambda name: (salt, stored, server, count), channel_binding=data if plus else None
    )
    credentials = Credentials(user=user, password=password, channel_binding=data)
    exchange = MECHANISMS[full].start(credentials)
    first = next(exchange)
    assert first is not None
    oracle.set_client_first(first.decode())
    oracle.set_client_final(say(exchange, oracle.get_server_first().encode()).decode())
    assert exchange.send(oracle.get_server_final().encode()) == b""


@pytest.mark.parametrize(
    ("given_text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
    ],
)
def test_preparation(given_text: str, prepared: str) -> None:
    """SASLprep gives what RFC 4013 3 shows."""
    assert scram.prepare(given_text) == prepared


def test_base64() -> None:
    """Challenges are read strictly; what is no base64 says so."""
    assert decode("") == b""
    assert decode(encode(b"\0\xff")) == b"\0\xff"
    assert encode(None) == ""
    for text in ("hello!", "QQ", "QQ==QQ=="):
        with pytest.raises(RemoteProtocolError, match="not base64"):
            decode(text)


def test_secrets_are_not_shown() -> None:
    """Credentials can be printed without telling the password or the token."""
    shown = repr(Credentials(user="u", password="hunter2", token="bearer1"))
    assert "hunter2" not in shown
    assert "bearer1" not in shown


@pytest.mark.parametrize(
    ("offered", "plaintext", "picked"),
    [
        ("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256", True, "SCRAM-SHA-256"),
        ("plain login", True, "PLAIN"),
        ("PLAIN LOGIN", False, None),
        ("LOGIN", True, "LOGIN"),
        ("SCRAM-SHA-256-PLUS SCRAM-SHA-1", True, "SCRAM-SHA-1"),
        ("XOAUTH2 EXTERNAL ANONYMOUS", True, None),
        ("GSSAPI", True, None),
    ],
)
def test_strongest(offered: str, plaintext: bool, picked: str | None) -> None:
    """The strongest mechanism that the credentials suffice for is picked; plaintext only when allowed."""
    found = strongest(offered.split(), TIM, plaintext=plaintext)
    assert (found.name if found else None) == picked


def log_in(session: Session, name: str, credentials: Credentials) -> int:
    """Run a whole AUTH exchange; give the code of its last reply."""
    exchange = MECHANISMS[name].start(credentials)
    initial = next(exchange)
    reply = session.auth(name, None if initial is None else encode(initial) or "=")
    while reply.code == 334:
        reply = session.auth_response(encode(exchange.send(decode(reply.texts[-1]))))
    return reply.code


SERVED = {
    "postfix": ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"],
    "exim": ["PLAIN", "LOGIN", "CRAM-MD5"],
    "dovecot": [
        *("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"),
        *("XOAUTH2", "OAUTHBEARER"),
    ],
}


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize(
    ("real_server", "name"),
    [(server, name) for server, names in SERVED.items() for name in names],
    indirect=["real_server"],
)
def test_real_servers(real_server: RealServer, name: str, right: bool) -> None:
    """Servers nobody here wrote accept every mechanism with the right secret, and 535 the wrong one."""
    credentials = Credentials(
        user=real_server.user,
        password=real_server.password if right else "wrong",
        token=real_server.oauth_token if right else re.sub(r"\..*\.", ".e30.", real_server.oauth_token),
        host="localhost",
        port=real_server.smtps_port,
    )
    with Session.connect(f"smtps://127.0.0.1:{real_server.smtps_port}") as session:
        session.wait_for_replies()
        assert session.ehlo("client.example.test").code == 250
        assert log_in(session, name, credentials) == (235 if right else 535)
        assert session.quit().code == 221
