"""The live prompt: one line is always being edited, and what is printed goes above it.

The prompt never ends between two lines, so the terminal stays in raw mode: a key typed or a paste made at any
moment arrives whole.  A block is printed with one write, whatever its length; prompt_toolkit draws the prompt
again below it.  What is entered goes to the dialogue.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.auto_suggest import ConditionalAutoSuggest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Always, Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import BaseStyle, DynamicStyle

from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.editor import edit_text
from smtpshell.shell.language.syntax import carried, line_parts
from smtpshell.shell.terminal.colouring import LineLexer
from smtpshell.shell.terminal.completer import LineCompleter
from smtpshell.shell.terminal.editing import holds_secret
from smtpshell.shell.terminal.history import HistorySuggestion, HostHistory
from smtpshell.shell.terminal.keyboard import keyboard
from smtpshell.shell.terminal.keys import key_bindings
from smtpshell.shell.terminal.line import LineSession
from smtpshell.shell.terminal.pager import pager_for
from smtpshell.shell.terminal.palette import palette, styled
from smtpshell.shell.terminal.toolbar import toolbar
from smtpshell.shell.terminal.validator import LineValidator

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["LiveScreen"]

T = TypeVar("T")

_MENU_LINES: Final = 6
"""Lines kept free below the prompt for the completion menu."""

_HIDDEN: Final = "********"
"""Shown for a secret that was entered; as long for every secret."""

_DEPTHS: Final = {"auto": None, "always": ColorDepth.DEPTH_4_BIT, "never": ColorDepth.DEPTH_1_BIT}
"""The setting "color" -> bits a colour has (4: the 16 of ANSI); None lets NO_COLOR and the terminal decide."""


_EDITING: Final = {"emacs": EditingMode.EMACS, "vi": EditingMode.VI}
"""The setting "keys" -> what prompt_toolkit calls it."""


class LiveScreen:
    """A Screen on a terminal that can move its cursor."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._stashed: Document | None = None
        self._held: list[Fragments] | None = None
        commands = Condition(lambda: dialogue.takes_commands)
        self._session = LineSession(
            message=self._prompt,
            input=keyboard(sys.stdin),
            # Lines that were edited together stand below each other, a long line just goes on.
            prompt_continuation=lambda width, number, wraps: "" if wraps else ". ".rjust(width),
            history=self._history(""),
            lexer=LineLexer(dialogue),
            completer=LineCompleter(dialogue),
            complete_while_typing=commands,
            validator=LineValidator(dialogue),
            validate_while_typing=False,
            auto_suggest=ConditionalAutoSuggest(HistorySuggestion(), commands),
            search_ignore_case=True,
            is_password=Condition(lambda: dialogue.hidden),
            bottom_toolbar=lambda: toolbar(dialogue),
            style=DynamicStyle(self._palette),
            include_default_pygments_style=False,
            key_bindings=key_bindings(dialogue, self),
            reserve_space_for_menu=_MENU_LINES,
            enable_suspend=True,
            mouse_support=Condition(lambda: dialogue.interpreter.settings.mouse),
        )
        self._app = self._session.app
        self._app._on_resize = self._resized  # type: ignore[method-assign]
        self.buffer.accept_handler = self._accepted
        # The arrow keys look for what begins like the line; PromptSession's own switch would end the completion.
        self.buffer.enable_history_search = Always()

    @property
    def buffer(self) -> Buffer:
        """The line being edited."""
        return self._session.default_buffer

    @property
    def menu_untouched(self) -> bool:
        """Whether completions are shown and none of them was chosen."""
        state = self.buffer.complete_state
        return state is not None and state.complete_index is None

    async def run(self) -> None:
        """Read keys until leave(), or until the terminal is gone; nothing of the prompt is left behind."""
        self._app.erase_when_done = True
        asyncio.get_running_loop().set_exception_handler(self._failed)
        with contextlib.suppress(EOFError, OSError):
            await self._app.run_async(set_exception_handler=False)

    # ---------------------------------------------------------------- what the dialogue calls

    def show(self, fragments: Fragments) -> None:
        if self._held is not None:
            self._held.append(fragments)
            return
        self._print(styled(fragments))

    def echo(self, line: str) -> None:
        shown: Fragments = [("prompt", self._dialogue.prompt)]
        if self._dialogue.hidden:
            shown.append(("secret", _HIDDEN))
        elif self._dialogue.takes_commands:
            parts = line_parts(line)
            shown += [(style, _HIDDEN if style == "secret" else visible(line[a:b])) for style, a, b in parts]
        else:
            shown.append(("", visible(line)))
        self.show(shown)

    def rows(self) -> int:
        return self._app.output.get_size().rows

    def page(self, fragments: Fragments) -> bool:
        coloured = self._app.color_depth is not ColorDepth.DEPTH_1_BIT
        read = pager_for(fragments, theme=self._dialogue.interpreter.settings.theme if coloured else "")
        if read is None:
            return False
        self._dialogue.turns.in_loop(lambda: self.outside(read))
        return True

    def outside(self, act: Callable[[], T], then: Callable[[T], object] = lambda _: None) -> bool:
        self._held = []
        with set_app(self._app):
            acting = asyncio.ensure_future(run_in_terminal(act, in_executor=True))
        acting.add_done_callback(lambda done: self._back(done, then))
        return True

    def edit(self, text: str) -> None:
        after = self._stashed.text if self._stashed else ""
        self._stashed = None
        self.buffer.document = Document(text + after, len(text))

    def last_line(self) -> str:
        return next(reversed(self.buffer.history.get_strings()), "")

    def remember(self, line: str) -> None:
        if line.strip():
            self.buffer.history.append_string(line)
            self.buffer.reset(self.buffer.document)

    def refresh(self) -> None:
        asked = self._dialogue.question is not None
        if asked and self._stashed is None:
            self._stashed = self.buffer.document
            self.buffer.reset()
        elif not asked and self._stashed is not None:
            self.buffer.reset(self._stashed)
            self._stashed = None
        session = self._dialogue.interpreter.session
        endpoint = session.endpoint if session else None
        host = (endpoint.path or endpoint.host) if endpoint else ""
        if host and host != self._host:
            self.buffer.history = self._session.history = self._history(host)
            self.buffer.reset(self.buffer.document)
        settings = self._dialogue.interpreter.settings
        self._session.color_depth = _DEPTHS[settings.color]
        # An answer is one key; in vi's normal mode it would be an operator.
        self._app.editing_mode = EditingMode.EMACS if asked else _EDITING[settings.keys]
        self._app.invalidate()

    def leave(self) -> None:
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    # ---------------------------------------------------------------- what the keys call

    def clear(self) -> None:
        """Begin a new line, in vi by inserting."""
        self.buffer.reset()
        self._app.vi_state.reset()

    def complete(self) -> None:
        """Insert what all candidates have in common; show them where there are several."""
        buffer, event = self.buffer, CompleteEvent(completion_requested=True)
        found = list(buffer.completer.get_completions(buffer.document, event))
        if len(found) == 1:
            buffer.delete_before_cursor(-found[0].start_position)
            buffer.insert_text(found[0].text)
            return
        buffer.insert_text(get_common_complete_suffix(buffer.document, found))
        buffer.start_completion()

    @property
    def is_away(self) -> bool:
        """Whether another program has the terminal; what it makes of a key is not ours to know."""
        return self._held is not None

    def edit_outside(self) -> None:
        """Let the user's editor change the line, unless there is a secret in it; nothing is sent by that."""
        text = self.buffer.text

        def edited(text: str) -> None:
            self.buffer.document = Document(text, len(text))

        if holds_secret(self._dialogue, text):
            self._dialogue.turns.note("there is a secret in the line; no file is written with it", "error")
        else:
            suffix = ".txt" if self._dialogue.takes_commands else ".eml"
            self.outside(lambda: edit_text(text, suffix), edited)

    # ---------------------------------------------------------------- inside

    def _back(self, outside: asyncio.Future[T], then: Callable[[T], object]) -> None:
        """Show what came while another program had the terminal, and go on with what it gave."""
        held, self._held = self._held or [], None
        for fragments in held:
            self.show(fragments)
        if not outside.cancelled():
            self._dialogue.turns.guard(lambda: then(outside.result()))
            self.refresh()

    def _resized(self) -> None:
        """Draw anew, but not into another program; when that has ended all is drawn anyway."""
        if not self.is_away:
            type(self._app)._on_resize(self._app)

    def _palette(self) -> BaseStyle:
        return palette(self._dialogue.interpreter.settings.theme)

    def _prompt(self) -> StyleAndTextTuples:
        return [("class:prompt", self._dialogue.prompt)]

    def _history(self, host: str) -> HostHistory:
        self._host = host
        return HostHistory(
            host,
            redact=self._redacted,
            complain=lambda text: self._dialogue.turns.note(text, "error"),
        )

    def _redacted(self, line: str) -> str:
        secrets = self._dialogue.interpreter.secrets
        at = carried(line)
        return secrets.redact_text(line[:at]) + secrets.redact_line(line[at:])

    def _accepted(self, buffer: Buffer) -> bool:
        line = buffer.text
        self.clear()
        self._dialogue.line(line)
        return True

    def _print(self, fragments: StyleAndTextTuples) -> None:
        """Print above the prompt, now: no other key or reply comes between the parts of a block."""
        if not fragments or not fragments[-1][1].endswith("\n"):
            fragments = [*fragments, ("", "\n")]
        app = self._app
        app.renderer.erase()
        print_formatted_text(app.output, fragments, self._palette(), color_depth=app.color_depth)
        if app.is_running:
            if not app.renderer.waiting_for_cpr:
                app.renderer.request_absolute_cursor_position()
            app.invalidate()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Say in one line what went wrong in a callback, and go on."""
        self._dialogue.turns.fault(context.get("exception") or RuntimeError(context["message"]))
