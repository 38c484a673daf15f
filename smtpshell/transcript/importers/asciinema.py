"""asciinema recordings (.cast, versions 1 to 3): what a terminal showed, line by line with its time.

Which tool was seen there is found out, or said, as for any other log.
"""

from __future__ import annotations

import json
import re
from typing import Any

from smtpshell.errors import UsageError

__all__ = ["is_cast", "screen"]

_CAST = re.compile(rb'\s*\{[^\n]*"version": *[123]\b')
# What an editor of lines does to the character before the cursor.
_RUBBED = re.compile("[^\b\n]\b(?: \b)?")


def is_cast(octets: bytes) -> bool:
    """Whether it is a recording."""
    return _CAST.match(octets[:4096]) is not None


def screen(octets: bytes, name: str) -> tuple[bytes, list[float]]:
    """Give what was shown, and the seconds at which each of its lines began.  Raises UsageError."""
    try:
        events = _events(octets.decode("utf-8", "replace"))
    except (ValueError, TypeError, KeyError, IndexError):
        raise UsageError(f"{name}: this asciinema recording cannot be read", hint="is it whole?") from None
    text = ""
    times: list[float] = [0.0]
    for seconds, shown in events:
        if text.endswith("\n") or not text:
            times[-1] = seconds
        text += shown
        times += [seconds] * shown.count("\n")
    while (rubbed := _RUBBED.sub("", text)) != text:
        text = rubbed
    return text.encode(), times


def _events(text: str) -> list[tuple[float, str]]:
    """Give (seconds, text shown) of each event of output."""
    header, _, rest = text.lstrip().partition("\n")
    about: Any = json.loads(header if rest.strip() or header.rstrip().endswith("}") else text)
    if about["version"] == 1:
        delays = json.loads(text)["stdout"]
        return _summed([(float(delay), str(shown)) for delay, shown in delays])
    # A recording that was cut off ends inside a line.
    lines = [line for line in rest.split("\n") if line.startswith("[") and line.rstrip().endswith("]")]
    events: list[Any] = [json.loads(line) for line in lines]
    # In version 3 a time is the interval to the event before, whatever its kind.
    times = [float(event[0]) for event in events]
    known = _summed([(time, "") for time in times]) if about["version"] == 3 else [(time, "") for time in times]
    return [(seconds, str(event[2])) for (seconds, _), event in zip(known, events, strict=True) if event[1] == "o"]


def _summed(delays: list[tuple[float, str]]) -> list[tuple[float, str]]:
    total = 0.0
    found = []
    for delay, shown in delays:
        total += delay
        found.append((total, shown))
    return found
