"""Replies on the screen: line by line as they come, with their time, and no more of them than it holds."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.styles import Fragments
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

TIME = re.compile(r"  \([0-9]+\.[0-9]{3} s\)")


class Watched(Shell):
    """A shell that says when a text has been printed."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.awaited: dict[str, threading.Event] = {}
        self.sink = self.see

    def see(self, fragments: Fragments) -> None:
        """Keep what is printed, and tell who waits for it."""
        self.printed.extend(fragments)
        for text, event in self.awaited.items():
            if text in self.text:
                event.set()

    def until(self, text: str) -> Callable[[], None]:
        """Give what waits, in another thread, until a text was printed."""
        event = self.awaited[text] = threading.Event()

        def wait() -> None:
            assert event.wait(10), f"{text!r} was not shown before the reply was whole"

        return wait


def test_a_slow_reply_is_shown_line_by_line() -> None:
    """The server says the next line only when the one before is on the screen; no line is there twice."""
    shell = Watched()
    first, second = shell.until("250-mx.example.test\n"), shell.until("250-SIZE\n")

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say("250-mx.example.test\r\n250-SI")
        first()
        peer.say("ZE\r\n")
        second()
        peer.say("250 HELP\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        assert shell.say("EHLO me.example.test") == "250-mx.example.test\n250-SIZE\n250 HELP\n"
        assert shell.styles_of("SIZE") == shell.styles_of("HELP") == {"ehlo.keyword"}
        assert shell.styles_of("mx.example.test\n") == {""}
        shell.close()


def test_a_reply_cut_off_shows_its_lines_once() -> None:
    """What came before the stream ended is shown, then that it ended."""
    shell = Watched()
    begun = shell.until("250-b\n")

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say("250-a\r\n250-b\r\n")
        begun()
        peer.say("250-unfin")

    with served(script) as where:
        shell.open(where)
        shell.wait()
        said = shell.say("NOOP")
    assert said.startswith("250-a\n250-b\n250-unfin\n621 the stream ended inside the reply\n")
    assert shell.exit_status is ExitStatus.CONNECTION


def test_what_a_slow_reply_answers_is_said_before_it() -> None:
    """In a group each reply is paired, once, above its first line."""
    shell = Watched(Settings(timeout=5.0, echo=True, times=True))
    begun = shell.until("S: 250-a\n")

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.until(b"NOOP 2\r\n")
        peer.say("250-a\r\n")
        begun()
        peer.say("250 b\r\n250 c\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        shell.pipeline(["NOOP 1", "NOOP 2"])
        shell.wait()
        shell.close()
    said = re.sub(r"\[[0-9.]+\] ", "", shell.text)
    assert "  to NOOP 1\nS: 250-a\nS: 250 b\n  to NOOP 2\nS: 250 c\n" in said


# ---------------------------------------------------------------- elapsed


@pytest.mark.parametrize(
    ("setting", "prompt", "told"),
    [("auto", False, 0), ("auto", True, 1), ("on", False, 1), ("off", True, 0)],
)
def test_elapsed(shell: Shell, setting: str, prompt: bool, told: int) -> None:
    """The time stands behind the last line of a reply; by default at the prompt only."""
    shell.say(f"/set elapsed {setting}")
    if prompt:
        shell.pages.rows = lambda: 100
    said = shell.say("HELP")
    assert len(TIME.findall(said)) == told
    assert bool(TIME.search(said.splitlines()[-1])) == bool(told)


# ---------------------------------------------------------------- paging


def test_a_long_reply_is_cut_at_the_prompt(shell: Shell) -> None:
    """A screenful, how much is left, the last line; /more shows the rest, and then there is none."""
    hello = "EHLO client.example.test"

    def lines_of(text: str) -> list[str]:
        """Give the lines without the findings, whose numbers go on."""
        return [line for line in text.splitlines(keepends=True) if line[0] != " "]

    whole = lines_of(shell.say(hello))
    shell.settings.elapsed = "off"
    shell.pages.rows = lambda: 10
    note = f"… {len(whole) - 6} more lines; /more shows them\n"
    said = shell.say(hello)
    assert lines_of(said) == [*whole[:5], note, whole[-1]]
    assert "auth-offered-in-clear" in said.splitlines()[-1]
    shell.pages.rows = lambda: 100
    assert lines_of(shell.say("/more")) == whole[5:]
    assert "nothing is left" in shell.say("/more")
    shell.say("/set pager off")
    shell.pages.rows = lambda: 10
    assert lines_of(shell.say(hello)) == whole


def test_a_screenful_at_a_time(shell: Shell) -> None:
    """Without a pager /more cuts again, and nothing is lost or shown twice."""
    whole = shell.say("/set")
    shell.pages.rows = lambda: 10
    pages = [shell.say("/set")]
    while "more lines" in pages[-1]:
        pages.append(shell.say("/more"))
    assert len(pages) > 2
    assert re.sub(r"… [0-9]+ more lines; /more shows them\n", "", "".join(pages)) == whole


def test_the_rest_goes_to_the_pager(shell: Shell) -> None:
    """A screen that has a pager gets the rest whole; one that cannot run it shows a screenful."""
    read: Fragments = []

    def pager(fragments: Fragments) -> bool:
        read.extend(fragments)
        return len(read) == len(fragments)

    whole = shell.say("/set").splitlines(keepends=True)
    shell.pages.rows, shell.pages.pager = lambda: 10, pager
    assert "more lines" in shell.say("/set")
    assert shell.say("/more") == ""
    assert "".join(text for _, text in read) == "".join(whole[5:])
    shell.say("/set")
    assert "more lines" in shell.say("/more")


def test_a_slow_long_reply_is_cut_as_well() -> None:
    """Lines beyond the screen are not shown while they come; findings and the last line are, at the end."""
    shell = Watched()
    shell.settings.elapsed = "off"
    shell.pages.rows = lambda: 10
    begun = shell.until("250-4\n")

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say("".join(f"250-{number}\r\n" for number in range(10)))
        begun()
        peer.say("".join(f"250-{number}\r\n" for number in range(10, 20)) + "250 end\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        assert shell.say("EHLO me.example.test") == (
            "250-0\n250-1\n250-2\n250-3\n250-4\n… 15 more lines; /more shows them\n250 end\n"
        )
        shell.pages.rows = None
        assert shell.say("/more") == "".join(f"250-{number}\n" for number in range(5, 20)) + "250 end\n"
        assert shell.styles_of("19") == {"ehlo.keyword"}
        shell.close()


def test_a_line_longer_than_the_screen_is_cut_as_well() -> None:
    """Of one enormous line the beginning is shown and the rest counted; no secret is cut in two."""
    shell = Shell()
    shell.settings.elapsed = "off"
    shell.pages.rows = lambda: 10
    shell.secrets.remember("first-lesson")
    lines = [
        b"250-short",
        b"250-" + b"y" * 390 + b"first-lesson" + b"z" * 10_000,
        b"250-" + b"w" * 100,
        b"250 end",
    ]

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say(b"\r\n".join(lines) + b"\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        said = shell.say("NOOP").splitlines()
        assert said[0] == "250-short"
        assert said[1].startswith("250-yyy")
        assert "first" not in "".join(said)
        assert 300 < len(said[1]) <= 400
        assert re.fullmatch(r"… 10,0[0-9]{2} more octets; /more shows them", said[2])
        assert said[3:6] == ["250-" + "w" * 76, "… 24 more octets; /more shows them", "250 end"]
        assert shell.say("/more") == "w" * 24 + "\n"
        shell.close()
