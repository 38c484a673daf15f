"""Print a JSON web token (RFC 7519, HS256) for Dovecot's XOAUTH2 and OAUTHBEARER, valid for ten years.

Run as `python3 oauth_token.py USER KEY` by dovecot.sh.
"""

from __future__ import annotations

import base64
import hmac
import json
import sys
import time

TEN_YEARS = 10 * 365 * 86400  # seconds


def token(user: str, key: bytes) -> str:
    """Sign a token that names user as its subject."""
    now = int(time.time())
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {"sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + TEN_YEARS}
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    return (signed + b"." + _base64url(hmac.digest(key, signed, "sha256"))).decode()


def _base64url(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


if __name__ == "__main__":
    print(token(sys.argv[1], sys.argv[2].encode()))
