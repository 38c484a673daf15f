"""What smtpshell gives to pytest: fixtures, and transcripts as tests.

Every pytest run on a machine with smtpshell installed imports this module, so at its top it imports pytest and
nothing else; each fixture imports what it needs.  It collects nothing of its own accord: the ini option
``smtp_transcripts`` names folders; each ``*.smtp`` below is a test then, and ``--smtp-against URL`` replays it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from smtpshell import Session
    from smtpshell.practice import PracticeServer
    from smtpshell.practice.contexts import ServerTls
    from smtpshell.transcript.recorder import Recorder
    from smtpshell.transcript.scripted_server import ScriptedServer

__all__ = ["ServerFactory"]


@pytest.fixture
def smtp_practice() -> Iterator[PracticeServer]:
    """Run a practice server on a free loopback port for the length of one test."""
    from smtpshell.practice import PracticeServer

    with PracticeServer() as server:
        yield server


@pytest.fixture
def smtp_server(request: pytest.FixtureRequest) -> Iterator[ServerFactory]:
    """Give a function that plays the server of a transcript.

    ``server = smtp_server("bug-123.smtp")`` has ``host``, ``port`` and ``url``.  A name is looked for beside the
    test, then in the folders of ``smtp_transcripts``.  The test fails where the client said something else than
    the transcript, or where none came.
    """
    factory = ServerFactory([request.path.parent, *request.config.getini("smtp_transcripts")])
    request.node.stash[_SERVERS] = factory
    yield factory
    factory.close()


@pytest.fixture
def smtp_session() -> Iterator[Callable[..., Session]]:
    """Give a function that connects to a URL, as Session.connect() does; its sessions are closed at the end."""
    from smtpshell import Session

    sessions: list[Session] = []

    def connect(url: str, **options: Any) -> Session:
        sessions.append(Session.connect(url, **options))
        return sessions[-1]

    yield connect
    for session in sessions:
        session.close()


@pytest.fixture
def smtp_recorder(tmp_path: Path) -> Iterator[Callable[..., Recorder]]:
    """Give a function that records a session to a transcript in tmp_path; the recorder's ``path`` says where.

    ``smtp_recorder(session, "name.smtp")``, called before anything is read, has the greeting too.  At the end the
    session is closed, then the file.
    """
    from smtpshell.transcript.recorder import Recorder

    recorded: list[tuple[Session, Recorder]] = []

    def record(session: Session, name: str = "session.smtp") -> Recorder:
        recorder = Recorder(tmp_path / name)
        recorder.write_event("connected to", session.transport.peer)
        session.observers.append(recorder)
        recorded.append((session, recorder))
        return recorder

    yield record
    for session, recorder in recorded:
        session.close()
        recorder.close()


class ServerFactory:
    """What the fixture smtp_server gives; ``ca_pem`` is the authority behind its servers' TLS, as PEM."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = list(folders)
        self._servers: list[ScriptedServer] = []
        self._tls: ServerTls | None = None

    def __call__(self, transcript: str | os.PathLike[str], **options: Any) -> ScriptedServer:
        """Serve a transcript; options (match, tls, ...) are those of ScriptedServer.

        Raises UsageError, TranscriptSyntaxError, ConnectError.
        """
        from smtpshell.transcript.scripted_server import ScriptedServer
        from smtpshell.transcript.syntax import read

        found = (folder / transcript for folder in self._folders)
        path = next((path for path in found if path.is_file()), Path(transcript))
        server = ScriptedServer(read(_short(path)), tls_context_factory=self._certified.context, **options).start()
        self._servers.append(server)
        return server

    @property
    def ca_pem(self) -> bytes:
        """The authority to trust."""
        return self._certified.ca_pem

    @property
    def _certified(self) -> ServerTls:
        from smtpshell.practice.contexts import ServerTls

        if self._tls is None:
            self._tls = ServerTls()
        return self._tls

    def close(self) -> None:
        """End all servers."""
        for server in self._servers:
            server.close()

    def complaint(self) -> str:
        """End all servers and say what their clients did otherwise than recorded; "" where nothing."""
        self.close()
        said = [complaint for server in self._servers if (complaint := _complaint(server))]
        return "\n".join(said)


def _complaint(server: ScriptedServer) -> str:
    from smtpshell.transcript.scripted_conversation import table

    said = [verdict.summary for verdict in server.verdicts if verdict.exit_status]
    if not server.verdicts:
        said.append(f"no client came to {server.url}")
    if server.deviations:
        said.append(table(server.deviations))
    return "\n".join(said)


_SERVERS = pytest.StashKey[ServerFactory]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test whose client strayed from its transcript; where the test failed anyway, say it besides."""
    try:
        yield
    except BaseException:
        if said := _complaint_of(item):
            item.add_report_section("call", "smtp_server", said)
        raise
    if said := _complaint_of(item):
        pytest.fail(said, pytrace=False)


def _complaint_of(item: pytest.Item) -> str:
    factory = item.stash.get(_SERVERS, None)
    return factory.complaint() if factory else ""


# ---------------------------------------------------------------- transcripts as tests


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option smtp_transcripts, and the options for replaying them."""
    parser.addini("smtp_transcripts", "folders whose *.smtp files are tests", type="paths", default=[])
    group = parser.getgroup("smtpshell")
    group.addoption(
        "--smtp-against", metavar="URL", help="replay the transcripts of smtp_transcripts at this server"
    )
    group.addoption(
        "--smtp-set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a value for ${NAME} in them; what stands as ${auth} is computed from the environment's "
        "SMTPSHELL_USER and SMTPSHELL_PASSWORD (or SMTPSHELL_TOKEN)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the folders too where the command line names nothing to collect."""
    if config.args_source is config.ArgsSource.ARGS:
        return
    collected = [config.invocation_params.dir / argument for argument in config.args]
    for folder in config.getini("smtp_transcripts"):
        if not any(folder.is_relative_to(other) for other in collected):
            config.args.append(str(folder))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Make tests of the transcripts in the folders named."""
    if file_path.suffix != ".smtp":
        return None
    if not any(file_path.is_relative_to(folder) for folder in parent.config.getini("smtp_transcripts")):
        return None
    return _TranscriptFile.from_parent(parent, path=file_path)


class _TranscriptFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        yield _Replay.from_parent(self, name="replay")


class _Replay(pytest.Item):
    """One transcript; that it can be read is checked in any case."""

    def runtest(self) -> None:
        from smtpshell import Session
        from smtpshell.shell.configuration.credentials import from_environment
        from smtpshell.transcript.replay import replay
        from smtpshell.transcript.syntax import read

        transcript = read(_short(self.path))
        url = self.config.getoption("smtp_against")
        if not url:
            pytest.skip("--smtp-against URL replays it")
        given = [text.partition("=") for text in self.config.getoption("smtp_set")]
        known = from_environment()
        result = replay(
            transcript,
            lambda: Session.connect(url),
            values={name: value for name, _, value in given},
            credentials=known if known.user or known.token else None,
        )
        if result.lacking:
            pytest.skip(f"the server does not offer {', '.join(result.lacking)}")
        said = [*map(str, result.mismatches), *result.notes]
        if result.exit_status:
            raise _Different("\n".join([*said, str(result.problem)] if result.problem else said))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from smtpshell.errors import SmtpshellError
        from smtpshell.shell.display.render import visible

        if isinstance(excinfo.value, SmtpshellError | _Different):
            return "\n".join(map(visible, str(excinfo.value).split("\n")))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, _short(self.path)


class _Different(Exception):
    """A replay was not as recorded; the message is the report."""


def _short(path: Path) -> str:
    """Name a file as seen from here, where it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
