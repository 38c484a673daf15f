"""The line at the bottom: what the worker does, what waits for it, and where we are in the interpreter's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples, fragment_list_width
from prompt_toolkit.key_binding.vi_state import InputMode

from smtpshell.shell.display.columns import beginning, width
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.terminal.palette import styled

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["toolbar"]

_VI: Final = {InputMode.INSERT: "vi: insert", InputMode.NAVIGATION: "vi: normal", InputMode.REPLACE: "vi: replace"}
"""What the toolbar calls vi's modes; those not here insert too, for the length of a key."""


def toolbar(dialogue: Dialogue) -> StyleAndTextTuples:
    """Give the toolbar's text; one that is too long for the terminal ends in an ellipsis."""
    shown: Fragments = []
    app = get_app()
    if app.editing_mode is EditingMode.VI:
        shown.append(("toolbar", f" {_VI.get(app.vi_state.input_mode, _VI[InputMode.INSERT])} "))
    if dialogue.turns.working:
        progress = dialogue.interpreter.progress
        shown.append(("toolbar", f" {dialogue.turns.working} {(progress and progress.text) or '...'} "))
    if dialogue.waiting:
        shown.append(("toolbar", f" {dialogue.waiting} entered, not sent yet "))
    try:
        fragments = styled([*shown, *dialogue.interpreter.toolbar()])
    except Exception as error:  # noqa: BLE001 - drawn again and again: said here, not above the prompt
        return [("class:error", f" no toolbar: {type(error).__name__}")]
    columns = app.output.get_size().columns
    if fragment_list_width(fragments) <= columns:
        return fragments
    fitting: StyleAndTextTuples = []
    left = columns - 1
    for style, text, *_ in fragments:
        piece = beginning(text, left)
        fitting.append((style, piece))
        left -= width(piece)
        if piece != text:
            break
    return [*fitting, ("", "…")]
