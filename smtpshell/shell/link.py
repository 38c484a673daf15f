"""The shell's connections: opened and closed, recorded, and how they stand."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from smtpshell.errors import ConnectionLost, UsageError
from smtpshell.protocol.events import Event
from smtpshell.shell.configuration.config import Config, Profile
from smtpshell.shell.configuration.connecting import connect_options, tls_is_set, tls_settings
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.display.timings import Timings
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.output import Output

if TYPE_CHECKING:
    from smtpshell.practice import PracticeServer
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.session.session import Observer, Session
    from smtpshell.session.tls import Resumption, TlsReport, TlsSettings

__all__ = ["Link"]


class Link(Output, ABC):
    """Opens and closes connections, records them, runs the practice server they may lead to."""

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        super().__init__(sink, settings)
        self.practice: PracticeServer | None = None
        self.config: Config = Config()
        self._resumption: Resumption | None = None

    @abstractmethod
    def observe(self, event: Event, seconds: float) -> None:
        """See one event of the session."""

    # ---------------------------------------------------------------- how things stand

    @property
    def live(self) -> Session:
        """Give the open session.  Raises UsageError where there never was one, ConnectionLost."""
        if self.session is None:
            raise UsageError("there is no connection", hint="/connect URL opens one")
        if self.session.closed:
            raise ConnectionLost("the connection is closed", hint="/connect URL opens another")
        return self.session

    @property
    def offered_mechanisms(self) -> tuple[str, ...]:
        """Give the SASL mechanisms the server offered."""
        capabilities = self.session.connection.facts.capabilities if self.session else None
        return capabilities.auth_mechanisms if capabilities else ()

    # ---------------------------------------------------------------- connecting

    def open(self, url: str | Endpoint | None) -> None:
        """Connect; None starts the practice server (once) and connects to that.  Says what happened."""
        with self.reporting():
            self.connect(url)

    def connect(self, url: str | Endpoint | None, name: str = "") -> None:
        """Do what open() does, but raise: UsageError, ConnectError, TimedOut, ConnectionLost, TlsError.

        Where there is a connection already another conversation begins, and comes to the front; ``name`` is its
        name, else that of the host.
        """
        usual = "practice" if url is None else ""
        if url is None:
            url = self.start_practice().url
            self.note(f"practice server at {url}; /help practice says who lives there")
        written = _endpoint(url)
        endpoint, profile = self.config.resolve(written)
        if profile and profile.name == written.written:
            usual = profile.name
        before, another = self.front, self.connected
        conversation = self.add_conversation() if another else self.current
        try:
            free = self.free_name(name or usual or _name(endpoint), conversation)
            if name not in ("", free):
                raise UsageError(f"there is a session {name} already", hint="choose another --name")
            conversation.name, conversation.profile = free, profile
            self.front = conversation
            with self.at(conversation):
                self._connect(endpoint)
        except BaseException:
            if another:
                self.forget(conversation)
                self.front = before
            raise

    def _connect(self, endpoint: Endpoint) -> None:
        self.current.announcement = _place(endpoint)
        self.begin_rendering()
        self.session = None
        self.timings = Timings()
        observers: list[Observer] = [self._observer()]
        if self.recorder is not None:
            observers.append(self.recorder)
        session = self._new_session(endpoint, self.own_settings, observers)
        self.timings.connected(session.connecting)
        if endpoint.exchangers and session.endpoint is not None:
            # Only now it is known which of the exchangers took the connection.
            self.current.announcement = _place(session.endpoint)
            self.note(f"{session.endpoint.host} takes mail for {endpoint.host}")
        self.announce()
        self.session = session
        if session.tls_report:
            self.show_report(session.tls_report)

    def _observer(self) -> Observer:
        """Make an observer for the conversation that has the turn now, whoever has it when an event comes."""
        conversation = self.current

        def observe(event: Event, seconds: float) -> None:
            with self.at(conversation):
                self.observe(event, seconds)

        return observe

    def came_to_front(self) -> None:
        """Hold the settings of the profile of the conversation in front."""
        _hold(self.settings, self.front.profile)

    @property
    def own_settings(self) -> Settings:
        """The settings, with the profile of the conversation that has the turn."""
        profile = self.current.profile
        return self.settings if profile is self.front.profile else self._settings_with(profile)

    def settings_for(self, endpoint: Endpoint) -> Settings:
        """Give the settings, with the profile of a server; at the end of our connection, with that one's."""
        if self.session is not None and endpoint is self.session.endpoint:
            return self.own_settings
        return self._settings_with(self.config.resolve(endpoint)[1])

    def _settings_with(self, profile: Profile | None) -> Settings:
        settings = self.settings.copy()
        _hold(settings, profile)
        return settings

    def new_session(self, endpoint: Endpoint, *observers: Observer) -> Session:
        """Open a connection as the settings say, apart from ours.  Raises what Session.connect() raises."""
        return self._new_session(self.config.resolve(endpoint)[0], self.settings_for(endpoint), observers)

    def _new_session(self, endpoint: Endpoint, settings: Settings, observers: Sequence[Observer]) -> Session:
        from smtpshell.session.session import Session
        from smtpshell.session.timeouts import Timeouts

        return Session.connect(
            endpoint,
            options=connect_options(settings),
            timeouts=Timeouts(overall=settings.timeout),
            # Where TLS comes later, and perhaps never, it is loaded then.
            tls=self.tls_settings(settings) if endpoint.implicit_tls or tls_is_set(settings) else None,
            observers=observers,
        )

    def tls_settings(self, settings: Settings | None = None) -> TlsSettings:
        """Give what settings, by default our own, say about TLS.

        All connections of this shell can resume each other's sessions.
        """
        if self._resumption is None:
            from smtpshell.session.tls import Resumption

            self._resumption = Resumption()
        return tls_settings(settings or self.own_settings, self._resumption)

    def change_setting(self, name: str, value: str) -> None:
        """Change a setting, for the open connections too.  Raises UsageError."""
        self.settings.set(name, value)
        self._follow_settings()

    def forget_setting(self, name: str) -> None:
        """Let a setting be what it was before /set or the command line changed it.  Raises UsageError."""
        self.settings.unset(name)
        self._follow_settings()

    def _follow_settings(self) -> None:
        from smtpshell.session.timeouts import Timeouts

        for conversation in self.conversations:
            if conversation.session is not None:
                with self.at(conversation):
                    conversation.session.timeouts = Timeouts(overall=self.own_settings.timeout)

    def start_practice(self, host: str = "127.0.0.1", port: int = 0) -> PracticeServer:
        """Start the practice server unless it runs, and give it.  Raises ConnectError."""
        if self.practice is None:
            from smtpshell.practice import PracticeServer

            self.practice = PracticeServer(host, port)
            self.practice.start()
        return self.practice

    def close(self) -> None:
        """Close the connections, the recordings and the practice server; may be called again."""
        for conversation in self.conversations:
            with self.at(conversation):
                if self.session is not None:
                    self.session.close()
                self.stop_recording()
        if self.practice is not None:
            self.practice.close()
            self.practice = None

    def record(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        append: bool = False,
        server: str | Endpoint | None = None,
    ) -> None:
        """Record what is said from here on; ``server`` is the one to be connected to where none is yet.

        Raises UsageError, OSError for the file.
        """
        from smtpshell import __version__
        from smtpshell.transcript.recorder import Recorder

        self.stop_recording()
        header = {"client": f"smtpshell {__version__}"}
        if self.session is not None and self.session.endpoint is not None:
            header["server"] = self.session.endpoint.url
        elif server is not None:
            header["server"] = self.config.resolve(_endpoint(server))[0].url
        try:
            self.recorder = Recorder(
                path,
                header=header,
                force=force,
                append=append,
                secrets=self.secrets,
                on_failure=lambda why: self.note(why, "error"),
            )
        except OSError as error:
            raise UsageError(
                f"cannot record to {os.fspath(path)}: {error.strerror}", hint="name another file"
            ) from None
        if self.session is not None and not self.session.closed:
            self.recorder.write_event("connected to", self.session.transport.peer)
            self.session.observers.append(self.recorder)

    def stop_recording(self) -> str:
        """End the recording; give its path, or "" where there was none."""
        recorder, self.recorder = self.recorder, None
        if recorder is None:
            return ""
        if self.session is not None and recorder in self.session.observers:
            self.session.observers.remove(recorder)
        recorder.close()
        return recorder.path

    def announce(self) -> None:
        """Say, before all else, where the connection leads; the recording says it too."""
        where, self.current.announcement = self.current.announcement, ""
        if not where:
            return
        if self.recorder is not None:
            self.recorder.write_event("connected to", where)
        shown: Fragments = [("event", f"-- connected to {visible(where)}\n")]
        self.show(Outcome(fragments=shown, data={"event": "connected", "to": where}))

    def show_report(self, report: TlsReport) -> None:
        self.timings.handshake_took(report.seconds)
        data = {
            "event": "certificate",
            "verified": report.verified,
            "problem": report.problem,
            "subject": report.subject,
            "issuer": report.issuer,
            "names": list(report.names),
            "resumed": report.resumed,
        }
        style, text = "note", f"the certificate is valid for {report.server_name}"
        if not report.verified:
            style, text = "finding.warning", f"NOT VERIFIED: {report.problem}"
        owner = f"subject {report.subject}, issuer {report.issuer}"
        shown: Fragments = [(style, f"  {visible(text)}\n"), ("note", f"  {visible(owner)}\n")]
        if report.resumed:
            shown.append(("note", "  resumed: the server did not send its certificates again\n"))
        self.show(Outcome(fragments=shown, data=data))


def _place(endpoint: Endpoint) -> str:
    """Name an endpoint without its scheme."""
    return endpoint.path or endpoint.url.partition("://")[2]


def _name(endpoint: Endpoint) -> str:
    """Name an endpoint shortly: the host, or the socket's file; no blank or comma, which part names."""
    return re.sub(r"[\s,]+", "-", endpoint.path.rpartition("/")[2] or endpoint.host)


def _hold(settings: Settings, profile: Profile | None) -> None:
    """Have settings hold those of a profile, and of no other."""
    settings.hold_profile(profile.settings if profile else {}, profile.origin if profile else "")


def _endpoint(url: str | Endpoint) -> Endpoint:
    """Read a URL, unless it was read already.  Raises UsageError."""
    from smtpshell.session.endpoint import Endpoint

    return Endpoint.parse(url) if isinstance(url, str) else url
