"""The sessions of this repository: lint, the tests of the library, those of the example, and the speed table."""

import os
import sys
from pathlib import Path

import nox

from tsdbtasks import sessions

nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = True

EXAMPLE = "examples/timeseriesdb"
#: The oldest Go that the example builds with, and one that others have; the pipeline uses the newest.
GO = ["1.20", "1.26"]

sessions.register("tests")
sessions.register("go_tests", go=GO)
sessions.register("bench", go=["1.20", "1.21", "1.22"])


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Check form, types on three systems, and that imports point down."""
    session.run(_beside("ruff"), "format", "--check", ".", external=True)
    session.run(_beside("ruff"), "check", ".", external=True)
    session.run(_beside("mypy"), external=True)
    for platform in ("darwin", "win32"):  # tests may use what only Linux has, what users import may not
        session.run(_beside("mypy"), "--platform", platform, "tsdbtasks", "tasks.py", "noxfile.py", external=True)
    session.run(_beside("lint-imports"), external=True)
    _lint_example(session)


def _beside(program: str) -> str:
    """Return a program that was installed with this Python, whose environment need not be active."""
    return str(Path(sys.executable).with_name(program))


def _lint_example(session: nox.Session) -> None:
    """Check form and sense of the example's Go."""
    from tsdbtasks.runner import Runner  # noqa: PLC0415 - listing sessions must not pay for it
    from tsdbtasks.settings import load  # noqa: PLC0415 - as above
    from tsdbtasks.tools import go  # noqa: PLC0415 - as above

    settings = load(Path.cwd(), {"root": EXAMPLE}, os.environ)
    found = go.find(Runner(), settings.go.path, settings.folder)
    env = {name: value for name, value in found.env.items() if value is not None}
    with session.chdir(EXAMPLE):
        root = session.run(found.path, "env", "GOROOT", silent=True, external=True, env=env)
        unformed = session.run(str(Path(str(root).strip(), "bin", "gofmt")), "-l", ".", silent=True, external=True)
        if unformed:
            session.error(f"gofmt would change: {unformed}")
        session.run(found.path, "vet", "./...", external=True, env=env)


@nox.session(venv_backend="none")
def perf(session: nox.Session) -> None:
    """Measure the table of docs/performance.md; minutes, and only true on a quiet machine."""
    session.run(sys.executable, "-m", "benchmarks", *session.posargs, external=True)
