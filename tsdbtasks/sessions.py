"""Sessions for a noxfile: tasks of ours, and the matrix of Go versions that they run under.

Importing this registers nothing.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nox

from tsdbtasks.errors import TsdbtasksError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Sessions with a name of their own, by the task that they run.
_TASKS = {"go_tests": "test"}
#: Tasks that say what the sessions of another one, under several versions of Go, come to; run once, after the last.
_AFTER = {"bench": "bench-versions"}
#: Sessions that run pytest and not a task.
_PYTEST = "tests"


def register(name: str, *, python: Sequence[str] | None = None, go: Sequence[str] | None = None) -> None:
    """Register the session *name* for nox.

    ``tests`` runs pytest, in a virtual environment for each version in *python*, or with the Python that runs
    nox. ``go_tests`` and the name of any task run that task, under each version in *go*. What follows ``--``
    on nox's command line goes to pytest or to the task.
    """
    if name == _PYTEST:
        if go:
            raise UsageError("register('tests'): pytest knows no version of Go", hint="register('go_tests', go=[…])")
        _session(_pytest(isolated=bool(python)), name, python)
    else:
        if name in _AFTER and go:
            _session(_task(_AFTER[name]), _AFTER[name].replace("-", "_"), None, default=False)
        if python:
            message = f"register({name!r}): a task runs with the Python that runs nox, so python= does not apply"
            raise UsageError(message, hint="leave it out")
        _session(_versions(_task(_TASKS.get(name, name), _AFTER.get(name, "")), go), name, None)


def register_tasks(*names: str, go: Sequence[str] | None = None) -> None:
    """Register one session for each task of *names*, by the same name, under each version in *go*."""
    for name in names:
        register(name, go=go)


def _session(function: Callable[..., None], name: str, python: Sequence[str] | None, *, default: bool = True) -> None:
    if python:
        nox.session(name=name, python=list(python))(function)
    else:
        # Tasks run with what runs nox, so that a session and a shell use the very same programs.
        nox.session(name=name, venv_backend="none", default=default)(function)


def _versions(function: Callable[..., None], go: Sequence[str] | None) -> Callable[..., None]:
    return nox.parametrize("go", list(go))(function) if go else function


def _task(task: str, after: str = "") -> Callable[..., None]:
    def run(session: nox.Session, go: str = "") -> None:
        if go and after:
            # Before this version can be found missing: it also stands at the end then.
            session.notify(after.replace("-", "_"), posargs=[])
        env = {"TSDBTASKS_GO__PATH": _toolchain(session, go)} if go else {}
        session.run(sys.executable, "-m", "invoke", task, *session.posargs, env=env, external=True)

    run.__doc__ = f"Run `inv {task}`."
    return run


def _toolchain(session: nox.Session, wanted: str) -> str:
    """Return the go command of the version *wanted*; without one the session is skipped, or fails in CI."""
    from tsdbtasks.runner import Runner  # noqa: PLC0415 - listing sessions must not pay for it
    from tsdbtasks.settings import load  # noqa: PLC0415 - as above
    from tsdbtasks.tools import console, toolchains  # noqa: PLC0415 - as above

    try:
        settings = load(Path.cwd(), _configured(), os.environ)
        return toolchains.find(Runner(), wanted, settings.go.versions, Path.cwd())
    except TsdbtasksError as error:
        if console.in_ci() or isinstance(error, UsageError):
            session.error(str(error))
        session.skip(str(error))


def _configured() -> Mapping[str, Any]:
    """Return the settings that tasks.py gives its collection, or none where there is no tasks.py."""
    from invoke.collection import Collection  # noqa: PLC0415 - listing sessions must not pay for it
    from invoke.exceptions import CollectionNotFound  # noqa: PLC0415 - as above
    from invoke.loader import FilesystemLoader  # noqa: PLC0415 - as above

    # nox lets every library's debugging through.
    logging.getLogger("invoke").setLevel(logging.WARNING)
    try:
        module, _ = FilesystemLoader(start=str(Path.cwd())).load("tasks")
    except CollectionNotFound:
        return {}
    found: Mapping[str, Any] = Collection.from_module(module).configuration().get("tsdbtasks", {})
    return found


def _pytest(*, isolated: bool) -> Callable[..., None]:
    def run(session: nox.Session) -> None:
        """Run pytest."""
        if isolated:
            session.install("-e", ".[dev]")
            session.run("pytest", *session.posargs)
        else:
            session.run(sys.executable, "-m", "pytest", *session.posargs, external=True)

    return run
