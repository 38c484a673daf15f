"""Bracketed paste: the octets as the terminal sent them, at a speed that 20 MB need.

A terminal puts ESC[200~ and ESC[201~ around what is pasted.  prompt_toolkit collects it by adding each
1,024 octets to a string and searching all of it for the end: 4 MB take seconds, 20 MB minutes.  The input here
reads as long as there is something, keeps the pieces, and looks at the seams only.  What was pasted arrives
at the key binding as one text, undecodable octets as lone surrogates; octets() gives them back exactly.
What a paste means is the dialogue's business.
"""

from __future__ import annotations

from typing import Final, TextIO

from prompt_toolkit.input.posix_utils import PosixStdinReader
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

__all__ = ["PasteInput", "PasteParser"]

_END: Final = "\x1b[201~"
"""What ends a paste (xterm control sequences, "Bracketed Paste Mode")."""

_READ: Final = 65536
"""Octets asked for at once; Linux gives 4,095 at most from a terminal."""

_READS: Final = 256
"""Reads of a paste in one go: about 1 MB, then the loop may look after the server's replies."""


class PasteParser(Vt100Parser):
    """prompt_toolkit's parser, with the collecting of a paste made linear."""

    _pieces: list[str]

    def reset(self, request: bool = False) -> None:
        super().reset(request)
        self._pieces = []

    @property
    def pasting(self) -> bool:
        """Whether the begin of a paste was seen and its end was not."""
        return self._in_bracketed_paste

    def feed(self, data: str) -> None:
        if not self.pasting:
            # Comes back here with the rest once it has met the mark that begins a paste.
            super().feed(data)
            return
        # The mark may be cut: the last characters before belong to what is searched.
        held = self._pieces.pop() if self._pieces else ""
        piece, mark, rest = (held + data).partition(_END)
        if not mark:
            cut = max(len(piece) - len(_END) + 1, 0)
            self._pieces += [piece[:cut], piece[cut:]]
            return
        pasted = "".join([*self._pieces, piece])
        self._pieces = []
        self._in_bracketed_paste = False
        self.feed_key_callback(KeyPress(Keys.BracketedPaste, pasted))
        self.feed(rest)


class PasteInput(Vt100Input):
    """The terminal's input with a PasteParser, UTF-8 whatever the locale says."""

    vt100_parser: PasteParser

    def __init__(self, stdin: TextIO) -> None:
        super().__init__(stdin)
        # The octets matter here, not the locale: what is no UTF-8 comes through as surrogates.
        self.stdin_reader: PosixStdinReader = PosixStdinReader(stdin.fileno(), encoding="utf-8")
        self._keys: list[KeyPress] = []
        self.vt100_parser = PasteParser(self._keys.append)

    def read_keys(self) -> list[KeyPress]:
        self.vt100_parser.feed(self.stdin_reader.read())
        for _ in range(_READS):
            if not self.vt100_parser.pasting or not (data := self.stdin_reader.read(_READ)):
                break
            self.vt100_parser.feed(data)
        return self._take()

    def flush_keys(self) -> list[KeyPress]:
        self.vt100_parser.flush()
        return self._take()

    def _take(self) -> list[KeyPress]:
        keys = self._keys[:]
        self._keys.clear()
        return keys
