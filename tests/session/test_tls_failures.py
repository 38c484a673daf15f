"""What is said about a failed handshake: the table of alerts against the standard library's, and the words."""

from __future__ import annotations

import ssl

import pytest

from smtpshell.session.tls_failures import ALERTS, REASONS, explained


def test_alerts_have_their_numbers() -> None:
    """Each alert that Python knows as well has the same number here, and all of Python's are here."""
    ours = {name: alert.number for name, alert in ALERTS.items()}
    theirs = {alert.name.removeprefix("ALERT_DESCRIPTION_"): alert.value for alert in ssl.AlertDescription}
    del theirs["CLOSE_NOTIFY"]  # ends a connection properly
    assert {name: ours.get(name) for name in theirs} == theirs


def test_every_failure_has_a_hint() -> None:
    """No alert and no reason is left without something to try, in one line."""
    hints = [*(alert.hint for alert in ALERTS.values()), *REASONS.values()]
    assert all(hint and "\n" not in hint for hint in hints)


@pytest.mark.parametrize(
    ("reason", "words", "hint"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "the server sent the alert unknown ca (48)", ALERTS["UNKNOWN_CA"].hint),
        (
            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "the server sent the alert certificate expired (45)",
            "the client certificate has expired, or a clock is wrong",
        ),
        (
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "the server sent the alert certificate required (116)",
            "the server wants a client certificate; show one with --tls-cert",
        ),
        (
            "TLSV1_UNRECOGNIZED_NAME",
            "the server sent the alert unrecognized name (112)",
            "the server has no such name; ask for another with --tls-name",
        ),
        ("NO_CIPHERS_AVAILABLE", "no ciphers available", "these ciphers and these versions exclude each other"),
        ("TLSV1_ALERT_OF_TOMORROW", "tlsv1 alert of tomorrow", "try openssl s_client for the whole handshake"),
        ("", "OpenSSL gives no reason", "try openssl s_client for the whole handshake"),
    ],
)
def test_words(reason: str, words: str, hint: str) -> None:
    """A reason becomes words and advice; what nobody knows is shown as it is."""
    assert explained(reason) == (words, hint)
