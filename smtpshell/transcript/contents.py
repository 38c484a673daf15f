"""Content kept in a file beside the transcript: ``-- content octets=N sha256=H file=NAME``.

The file holds the octets as they went over the wire, like everything in a transcript.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from smtpshell.errors import UsageError

__all__ = ["beside"]

_CONTENT = re.compile(r"octets=([0-9]+)(?: sha256=([0-9a-f]{64}))?(?: file=(.*))?")


def beside(transcript_path: str, line: int, argument: str) -> bytes:
    """Give the octets that a "content" event stands for; ``argument`` is the event's.

    Raises UsageError where they were not kept, cannot be read, or are not those recorded.
    """
    where = f"{transcript_path}:{line}"
    found = _CONTENT.fullmatch(argument)
    if found is None or not found[3]:
        raise UsageError(
            f"{where}: only the size of this content was kept", hint="put it back, as C: lines or file="
        )
    file = Path(transcript_path).parent / found[3]
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{where}: {file}: {error.strerror}", hint="the content belongs there") from None
    digest = hashlib.sha256(octets).hexdigest()
    if len(octets) != int(found[1]) or digest != (found[2] or digest):
        raise UsageError(f"{where}: {file} does not hold the content recorded", hint="its size or hash differs")
    return octets
