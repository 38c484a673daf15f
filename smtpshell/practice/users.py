"""Who may log in at the practice server: a table of names and passwords, all of them public.

They protect nothing; they are here to be typed.  How a login is spoken is authentication.py's job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["USERS", "User"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A name and its password."""

    name: str
    password: str


USERS: Final[tuple[User, ...]] = (
    User(name="student", password="first-lesson"),
    User(name="teacher", password="white chalk"),
    User(name="учитель", password="мел и доска"),
)
"""Every user; the second has a blank in the password, the third is UTF-8 throughout (RFC 4616 2)."""
