"""The pytest plugin, in pytest runs of its own: fixtures, transcripts as tests, what a failure looks like."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import trustme  # noqa: F401 - what a run inside imports is gone after it, and this cannot be loaded twice

import smtpshell
from smtpshell.practice import USERS, PracticeServer

pytest_plugins = ["pytester"]

# Ours by its module, whether or not it is installed; and as few others as can be.
_PLUGINS = [
    "-p",
    "no:smtpshell",
    "-p",
    "smtpshell.pytest_plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
]

BUG = """\
smtp-transcript: 1

S: 220 mx.example.test
C: EHLO client.example.test
S: 250 mx.example.test
C: MAIL FROM:<a@example.test>
S: 250 2.1.0 Ok
C: RCPT TO:<nobody@example.test>
S: 550 5.1.1 No such mailbox
C: QUIT
S: 221 2.0.0 Bye
"""

TALK = """
    import smtplib

    def test_refused(smtp_server):
        server = smtp_server("bug.smtp")
        assert server.url == f"smtp://{server.host}:{server.port}"
        with smtplib.SMTP(server.host, server.port) as client:
            client.ehlo()
            client.docmd("MAIL", "FROM:<a@example.test>")
            assert client.docmd("RCPT", "TO:<%s@example.test>")[0] == 550
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a project with one transcript beside its test and one configured folder."""
    monkeypatch.setenv("PYTHONPATH", str(Path(smtpshell.__file__).parent.parent))
    pytester.path.joinpath("bug.smtp").write_text(BUG)
    pytester.mkdir("conversations").joinpath("vrfy.smtp").write_text(
        "smtp-transcript: 1\n\nS: 220 mx\nC: EHLO me\nS: 250 mx\nC: VRFY teacher\nS: 250 ok\nC: QUIT\nS: 221 bye\n"
    )
    pytester.makeini("[pytest]\nsmtp_transcripts = conversations\n")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in this process; what other tests left behind must not be complained about in there."""
    gc.collect()
    return project.runpytest_inprocess(*_PLUGINS, *arguments)


def test_a_client_that_follows_its_transcript(project: pytest.Pytester) -> None:
    """The recorded server answers, and the test passes."""
    project.makepyfile(TALK % "nobody")
    run(project, "--ignore=conversations").assert_outcomes(passed=1)


def test_a_client_that_strays_fails_its_test(project: pytest.Pytester) -> None:
    """The failure is a table with the transcript's line, what was expected and what came; no traceback."""
    project.makepyfile(TALK % "somebody")
    result = run(project, "--ignore=conversations")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "connection 1 from 127.0.0.1:*: 4 said, 1 deviation",
            "            expected  *  got",
            "bug.smtp:8  C: RCPT TO:<nobody@example.test>  C: RCPT TO:<somebody@example.test>",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_what_strayed_is_said_beside_a_failure(project: pytest.Pytester) -> None:
    """A test that fails by itself keeps its own failure, and has the table in a section."""
    project.makepyfile((TALK % "somebody") + "        assert 'its own' == 'failure'\n")
    result = run(project, "--ignore=conversations")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*'its own'*", "*smtp_server*", "*bug.smtp:8 *RCPT*"])


def test_a_client_that_never_comes_is_a_failure(project: pytest.Pytester) -> None:
    """A transcript that nobody played proves nothing."""
    project.makepyfile('def test_nobody(smtp_server):\n    smtp_server("bug.smtp")\n')
    result = run(project, "--ignore=conversations")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["no client came to smtp://127.0.0.1:*"])


def test_servers_speak_tls(project: pytest.Pytester) -> None:
    """A client that verifies gets the authority from the fixture; names are found in the folders configured."""
    project.makepyfile(
        """
        import smtplib, ssl

        def test_tls(smtp_server):
            server = smtp_server("vrfy.smtp", tls="implicit")
            context = ssl.create_default_context(cadata=smtp_server.ca_pem.decode())
            with smtplib.SMTP_SSL(server.host, server.port, context=context) as client:
                client.ehlo()
                assert client.verify("teacher") == (250, b"ok")
        """
    )
    run(project, "--ignore=conversations").assert_outcomes(passed=1)


def test_sessions_and_recordings(project: pytest.Pytester) -> None:
    """A session is closed at the end and its recording complete."""
    project.makepyfile(
        """
        from pathlib import Path

        def test_talk(smtp_practice, smtp_session, smtp_recorder, tmp_path_factory):
            session = smtp_session(smtp_practice.url)
            recorder = smtp_recorder(session)
            session.wait_for_replies()
            session.ehlo("me")
            Path("where").write_text(recorder.path)
        """
    )
    run(project, "--ignore=conversations").assert_outcomes(passed=1)
    text = Path(project.path.joinpath("where").read_text()).read_text()
    assert "-- connected to 127.0.0.1:" in text
    assert "S: 220 practice.example.test" in text
    assert text.endswith("-- closed by client\n")


# ---------------------------------------------------------------- transcripts as tests


def test_transcripts_are_tests(project: pytest.Pytester) -> None:
    """Those below the folders are collected, others are not; without a server they are skipped and say why."""
    result = run(project, "-rs", "-v")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*vrfy.smtp::replay SKIPPED*", "*--smtp-against URL replays it*"])


def test_nothing_is_collected_unasked(project: pytest.Pytester) -> None:
    """Without the ini option a transcript is just a file."""
    project.makeini("[pytest]\n")
    assert run(project).ret is pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_transcripts_are_replayed(project: pytest.Pytester, workers: list[str]) -> None:
    """With --smtp-against they run against a server, also spread over processes."""
    for number in range(3):
        project.path.joinpath("conversations", f"bug-{number}.smtp").write_text(
            BUG.replace("550 5.1.1", f"25{number}")
        )
    with PracticeServer() as server:
        result = run(project, "--smtp-against", server.url, *workers)
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "conversations/bug-1.smtp:9: code differs: 251 expected, 550 came",
            "  to RCPT TO:<nobody@example.test>",
            "  expected S: 251 No such mailbox",
            "  got      S: 550 5.1.1 No mailbox <nobody@example.test> here",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_what_a_server_does_not_offer_is_skipped(project: pytest.Pytester) -> None:
    """A transcript that requires more than the server has fails nobody."""
    project.path.joinpath("conversations", "vrfy.smtp").write_text(
        "smtp-transcript: 1\nrequires: ETRN\n\nS: 220 mx\nC: EHLO me\nS: 250 mx\nC: ETRN mx\nS: 250 ok\n"
    )
    with PracticeServer() as server:
        result = run(project, "--smtp-against", server.url, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*the server does not offer ETRN*"])


def test_values_and_credentials_are_given(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """${name} comes from the command line, ${auth} from the environment; no password is in any output."""
    project.path.joinpath("conversations", "vrfy.smtp").write_text(
        "smtp-transcript: 1\n\nS: 220 mx\nC: EHLO me\nS: 250 mx\nC: AUTH PLAIN ${auth}\nS: 235 ok\n"
        "C: VRFY ${whom}\nS: 250 ok\nC: QUIT\nS: 221 bye\n"
    )
    with PracticeServer() as server:
        run(project, "--smtp-against", server.url).stdout.fnmatch_lines(
            ["conversations/vrfy.smtp:6: *credentials*"]
        )
        monkeypatch.setenv("SMTPSHELL_USER", "student")
        monkeypatch.setenv("SMTPSHELL_PASSWORD", "planted-secret")
        arguments = ("--smtp-against", server.url, "--smtp-set", "whom=teacher")
        refused = run(project, *arguments)
        monkeypatch.setenv("SMTPSHELL_PASSWORD", USERS[0].password)
        accepted = run(project, *arguments)
    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(["conversations/vrfy.smtp:7: code differs: 235 expected, 535 came"])
    refused.stdout.no_fnmatch_line("*planted-secret*")
    accepted.assert_outcomes(passed=1)


def test_a_file_that_cannot_be_read_fails(project: pytest.Pytester) -> None:
    """With or without a server, in one line."""
    project.path.joinpath("conversations", "bad.smtp").write_text("smtp-transcript: 1\n\nX: what\n")
    result = run(project)
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(["conversations/bad.smtp:3:1: expected C or S,*"])


def test_no_server_there_is_one_line(project: pytest.Pytester) -> None:
    """A server that does not answer fails each transcript with one line."""
    with PracticeServer() as server:
        url = server.url
    result = run(project, "--smtp-against", url, "conversations")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*onnect*127.0.0.1*refused*"])
    result.stdout.no_fnmatch_line("*Traceback*")
