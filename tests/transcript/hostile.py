"""A conversation with a server that means harm, for everything that shows conversations."""

from __future__ import annotations

from typing import Final

from smtpshell.transcript.model import Transcript
from smtpshell.transcript.syntax import parse

__all__ = ["HOSTILE", "SECRETS", "with_secrets"]

HOSTILE: Final = (
    r"""smtp-transcript: 1
title: A </title><script>alert(1)</script> server
date: 2026-11-24T09:30:00Z

# <img src=x onerror=alert(1)> ``` ~~~ `code`
[0.010] S: 220 mx.example.test </script><svg onload=alert(1)>
[0.020] C: EHLO client.example.test
[0.030] S= 250-mx.example.test \x1b]0;owned\x07\x1b[2J\r\n
[0.030] S: 250 ```` |a|b| <!-- [x](javascript:alert(1)) ; end # % 'x' $(id) "y"
[0.040] C: VRFY $(touch pwned) `id` 'quoted' "double" \
[0.050] S: 550 5.1.1 turned EVIL round BOM and LINE too
[0.060] C: MAIL FROM:<a@example.test>
[0.070] S: 250 2.1.0 Ok
[0.080] C: RCPT TO:<b@example.test>
[0.090] S: 250 2.1.5 Ok
[0.100] C: DATA
[0.110] S: 354 go on
[0.120] C: Subject: '; rm -rf . #
C:
C: ]]> </pre></script> END ''' \n %FROM_ADDRESS% ${name}
C: .
[0.200] S: 250 2.0.0 Ok
-- discarded "<b>\x1b[31m"
-- closed by server
""".replace("EVIL", "\u202eevil\u2066")
    .replace("BOM", "\ufeff\u200b")
    .replace("LINE", "\u2028\u2029")
    .replace("${name}", "$${name}")
)

# what stands in the file below, and what it decodes to
SECRETS: Final = (
    "AHN0dWRlbnQAcGxhaW4tc2VjcmV0",  # NUL student NUL plain-secret
    "plain-secret",
    "bG9naW4tc2VjcmV0",
    "login-secret",
    "c3R1ZGVudCA3Y2FmZTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5",  # the digest of CRAM-MD5
    "7cafe0123456789abcdef0123456789",
    "dXNlcj1zdHVkZW50AWF1dGg9QmVhcmVyIHRva2VuLW9mLWdvbGQBAQ==",
    "token-of-gold",
    "biwsbj1zdHVkZW50LHI9bm9uY2U=",
    "Yz1iaXdzLHI9bm9uY2UxLHA9cHJvb2Y=",
)


def with_secrets() -> Transcript:
    """Give a transcript, as written by hand, in which every credential stands in clear."""
    return parse(f"""smtp-transcript: 1
title: login as student with plain-secret

# the password was login-secret
S: 220 mx.example.test ESMTP
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 SCRAM-SHA-256
C: AUTH PLAIN {SECRETS[0]}
S: 535 5.7.8 plain-secret is wrong, {SECRETS[0]} too
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: c3R1ZGVudA==
S: 334 UGFzc3dvcmQ6
C= {SECRETS[2]}\\r\\n
S= 535 5.7.8 no\\x1b login-secret\\r\\n
-- finding out-of-sequence: login-secret
C: AUTH CRAM-MD5
S: 334 PDFAbXg+
C: {SECRETS[4]}
S: 535 5.7.8 no
C: AUTH XOAUTH2 {SECRETS[6]}
S: 535 5.7.8 no token-of-gold
C: AUTH SCRAM-SHA-256 {SECRETS[8]}
S: 334 cj1ub25jZTEscz1jMkZzZEE9PSxpPTQwOTY=
C= {SECRETS[9][:10]}
C= {SECRETS[9][10:]}\\r\\n
S: 535 5.7.8 no
C: QUIT
S: 221 2.0.0 Bye
-- closed by server
""")
