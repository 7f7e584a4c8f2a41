"""The edge between Invoke and the tasks: what all of them have in common.

A task of ours is a plain function with types. The wrapper here gives it ``--json``, its record, its exit
code, the signals, and the runner that it shares with the tasks it calls.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from invoke.exceptions import Exit, Failure
from invoke.parser.argument import Argument
from invoke.tasks import Task as InvokeTask

from tsdbtasks import runner as running
from tsdbtasks import system
from tsdbtasks.core.durations import Duration
from tsdbtasks.core.report import record
from tsdbtasks.core.report.record import Record, Subject
from tsdbtasks.errors import InterruptedRunError, ProgramError, TsdbtasksError, UsageError
from tsdbtasks.tools import console, files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from invoke.context import Context

    from tsdbtasks.core.report.table import Table
    from tsdbtasks.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

#: Where reports lie below the folder of go.mod.
REPORTS = "dist/reports"

_JSON_HELP = "Print the result as one JSON document on stdout, and tables on stderr."


class _Valued(Argument):
    """An argument with an optional value, which ``--flag=VALUE`` gives for sure, also where VALUE is the name of a task.

    Invoke takes ``--flag=VALUE`` apart before it looks at it, and then cannot tell it from ``--flag VALUE``, where VALUE
    may be a task to be run next.
    """

    @classmethod
    def of(cls, other: Argument) -> _Valued:
        """Return *other* as one."""
        made = cls(names=other.names, kind=other.kind, default=other.default, help=other.help)
        made.attr_name, made.positional = other.attr_name, other.positional
        return made

    @property
    def optional(self) -> bool:
        """Whether a value may still be missing."""
        flags = [f"--{name}=" if len(name) > 1 else f"-{name}=" for name in self.names]
        return not any(word.startswith(flag) for word in sys.argv[1:] for flag in flags)

    @optional.setter
    def optional(self, _: bool) -> None:
        """Invoke sets it as it makes an argument; this one always is."""


class Task(InvokeTask[Any], Generic[P, R]):
    """An Invoke task that keeps the types of its function and has only the short flags that it names."""

    def __init__(self, body: Callable[..., R], *, short: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401 - Invoke's own options
        """Take *short*, the short flag of each parameter that has one."""
        self.short = dict(short)
        super().__init__(body, auto_shortflags=False, **options)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the task as the function that it is, with a context first."""
        return cast("R", super().__call__(*args, **kwargs))

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: FBT001 - Invoke's signature
        """Return the arguments for Invoke's parser, with the short flags that this task names."""
        # Invoke uses the help texts up as it reads them, which makes a second reading fail.
        kept = dict(self.help)
        arguments = super().get_arguments(ignore_unknown_help)
        self.help = kept
        arguments = [_Valued.of(one) if one.optional else one for one in arguments]
        for argument in arguments:
            letter = self.short.get(str(argument.attr_name or argument.name))
            if letter:
                argument.names = (*argument.names, letter)
        return arguments


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(
    *,
    name: str = ...,
    iterable: Iterable[str] = ...,
    optional: Iterable[str] = ...,
    positional: Iterable[str] = ...,
    help: Mapping[str, str] = ...,
    short: Mapping[str, str] = ...,
    recorded: bool = ...,
    parted: bool = ...,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(  # noqa: PLR0913 - Invoke's own options, by Invoke's names
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str = "",
    iterable: Iterable[str] = (),
    optional: Iterable[str] = (),
    positional: Iterable[str] = (),
    help: Mapping[str, str] | None = None,  # noqa: A002 - as Invoke calls it
    short: Mapping[str, str] | None = None,
    recorded: bool = True,
    parted: bool = False,
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function whose first parameter is Invoke's context.

    The options are those of ``invoke.task``; *short* names short flags by parameter; *recorded* is false
    for a task that must leave no report, and *parted* true for one whose report is named for its part, which it says
    by :func:`about`. The function's value is the task's, also for a caller in Python.
    """

    def made(body: Callable[P, R]) -> Task[P, R]:
        called = name or body.__name__.replace("_", "-")
        return Task(
            _edged(called, body, recorded=recorded, parted=parted, lists=tuple(iterable)),
            short=short or {},
            name=called,
            iterable=tuple(iterable),
            optional=tuple(optional),
            positional=tuple(positional),
            help={**(help or {}), "json": _JSON_HELP},
        )

    return made if function is None else made(function)


def _edged(name: str, body: Callable[P, R], *, recorded: bool, parted: bool, lists: Collection[str]) -> Callable[P, R]:
    """Return *body* with everything around it that a task of ours has."""

    @wraps(body)
    def run(c: Context, *args: Any, json: bool = False, **kwargs: Any) -> R:  # noqa: ANN401 - the function's own
        with _outermost(c) as outermost:
            step = _Step(name, c, recorded=recorded, start=_now())
            token = _STEP.set(step)
            try:
                if not parted:
                    step.begin()
                with _tables(outermost and json):
                    step.result = cast("Callable[Concatenate[Context, ...], R]", body)(c, *args, **kwargs)
            except BaseException as error:
                failure = _deliberate(error)
                step.fail(failure or error)
                if outermost and failure is not None:
                    console.error(str(failure))
                    raise ending(failure) from error
                # A wish to stop stays what it is, so that no task that goes on after failures goes on after it.
                if failure is not None and failure is not error and not isinstance(error, KeyboardInterrupt):
                    raise failure from error
                raise
            finally:
                _STEP.reset(token)
                step.close(document=outermost and json)
                _remember(step)
            return cast("R", step.result)

    # Invoke reads the flags from the signature, so the wrapper has the function's own and one more. It takes the
    # type of a repeatable flag from its default, if there is one, and then splits words into letters.
    signature = inspect.signature(body)
    own = [one.replace(default=None) if one.name in lists else one for one in signature.parameters.values()]
    flag = inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation="bool")
    run.__signature__ = signature.replace(parameters=[*own, flag])  # type: ignore[attr-defined]
    return cast("Callable[P, R]", run)


@dataclass
class _Step:
    """What is known of a running task, until it becomes a record."""

    name: str
    c: Context
    recorded: bool
    start: str
    part: str = ""
    subject: Subject = field(default_factory=Subject)
    outcome: str = record.DONE
    reasons: list[str] = field(default_factory=list)
    code: int = 0
    result: Any = None
    last: tuple[str, str] = (record.DONE, "")

    @property
    def file(self) -> str:
        return f"{self.name}-{self.part}.json" if self.part else f"{self.name}.json"

    def begin(self) -> None:
        """Take away what an earlier run said, which must not pass for this one's if this one is killed."""
        folder = self._folder()
        if folder is not None:
            with contextlib.suppress(NotADirectoryError):  # which the task itself runs into
                (folder / self.file).unlink(missing_ok=True)

    def fail(self, error: BaseException) -> None:
        self.outcome = record.FAILED
        self.reasons.append(str(error) or type(error).__name__)
        self.code = error.exit_code if isinstance(error, TsdbtasksError) else 1

    def close(self, *, document: bool) -> None:
        made = Record(
            task=self.name,
            part=self.part,
            subject=self.subject,
            start=self.start,
            end=_now(),
            outcome=self.outcome,
            reasons=tuple(self.reasons),
            exit_code=self.code,
            result=self.result,
        ).document()
        if document:
            # In ASCII, because not every stdout takes every letter, and names of files may be no text at all.
            print(json.dumps(made, indent=2))
        try:
            self._write(self.file, json.dumps(made, indent=2) + "\n")
        except OSError as error:  # a full disk, say, which is no reason to hide what the task itself says
            console.warning(f"no report of {self.name}: {error}")

    def _write(self, name: str, text: str) -> None:
        folder = self._folder()
        if folder is not None:
            files.output_folder(folder, ignored_from=folder.parent)
            files.write(folder / name, text)

    def _folder(self) -> Path | None:
        """Return where the record goes: nowhere outside of a Go module, nor where nothing may change."""
        if not self.recorded or running.Runner.of(self.c).dry:
            return None
        from tsdbtasks.settings import folder_of  # noqa: PLC0415 - loading it takes longer than loading all tasks

        try:
            folder = folder_of(self.c)
        except (TsdbtasksError, OSError):
            return None  # the task says so itself, and there is no telling where its report belongs
        return folder / REPORTS if (folder / "go.mod").is_file() else None


_STEP: ContextVar[_Step | None] = ContextVar("step", default=None)


def settings_of(c: Context, base: Path | None = None) -> Settings:
    """Return the settings that hold for a task called with *c*, as ``Settings.of`` does."""
    # Loading the settings takes longer than loading all tasks, and listing these needs none.
    from tsdbtasks.settings import Settings  # noqa: PLC0415 - see above

    return Settings.of(c, base)


def show(result: Any, table: Table | None = None) -> None:  # noqa: ANN401 - any result
    """Make *result* the task's, also where the task fails afterwards, and show *table* for it.

    The table goes to stdout, which is stderr where the result itself is printed for machines.
    """
    step = _STEP.get()
    if step is not None:
        step.result = result
    if table is not None:
        # A pipe on Windows, say, does not take every letter, and a table must not fail for one.
        encoding = sys.stdout.encoding or "utf-8"
        text = "\n".join(map(console.harmless, table.text().split("\n")))
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def machine() -> bool:
    """Say whether the result itself is printed for machines, so that it must be whole."""
    return sys.stdout is sys.stderr


def about(*, commit: str = "", version: str = "", manifest: str = "", part: str = "") -> None:
    """Say what the running task is about, for its record."""
    step = _STEP.get()
    if step is not None:
        step.subject = Subject(commit, version, manifest)
        step.part = part or step.part
        step.begin()


def unchanged(reason: str) -> None:
    """Say that the running task found everything as it should be and did nothing."""
    _outcome(record.UNCHANGED, reason)


def skipped(reason: str) -> None:
    """Say that the running task was skipped, and why."""
    _outcome(record.SKIPPED, reason)


def _outcome(outcome: str, reason: str) -> None:
    step = _STEP.get()
    if step is not None:
        step.outcome = outcome
        step.reasons.append(reason)


def _remember(inner: _Step) -> None:
    step = _STEP.get()
    if step is not None:
        step.last = (inner.outcome, "; ".join(inner.reasons))


def outcome() -> tuple[str, str]:
    """Return how the last task that the running one called has ended, and the reasons it gave."""
    step = _STEP.get()
    return step.last if step is not None else (record.DONE, "")


def _tables(to_stderr: bool) -> contextlib.AbstractContextManager[object]:  # noqa: FBT001 - the one thing it is about
    """Move what a task prints to stderr, where stdout is for its document alone."""
    return contextlib.redirect_stdout(sys.stderr) if to_stderr else contextlib.nullcontext()


@contextmanager
def _outermost(c: Context) -> Iterator[bool]:
    """Give the first of nested tasks the runner and the signals; tell whether it is the first."""
    if running.CURRENT.get() is not None:
        yield False
        return
    debug = os.environ.get("RUNNER_DEBUG") == "1"
    runner = running.Runner(dry=bool(c.config.run.dry), echo=bool(c.config.run.echo) or debug)
    token = running.CURRENT.set(runner)
    try:
        with system.stop_signals(_stop):
            yield True
    finally:
        # Whatever ends the task, nothing that it started goes on behind its back.
        runner.processes.stop()
        running.CURRENT.reset(token)


class _Stop(KeyboardInterrupt):
    """Somebody asked the process to stop, by a signal; as Ctrl-C it is no error, so nothing that handles errors holds it."""


def _stop(name: str) -> None:
    raise _Stop(name)


def _deliberate(error: BaseException) -> TsdbtasksError | None:
    """Return *error* as a failure with an exit code, or None where it is a defect and wants a traceback."""
    if isinstance(error, TsdbtasksError):
        return error
    if isinstance(error, KeyboardInterrupt):
        by = str(error) if isinstance(error, _Stop) else "Ctrl-C"
        return InterruptedRunError(f"stopped by {by}", hint="what was finished is kept; run the same command again to go on")
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename else ""
        return ProgramError(f"{error.strerror}{place}", hint=files.advice(error))
    if isinstance(error, Failure):  # a command of Invoke's own, run by a task of somebody else's
        return ProgramError(str(error))
    return None


@contextmanager
def loading() -> Iterator[None]:
    """Turn a deliberate failure into Invoke's way of ending, also while tasks.py is being loaded."""
    try:
        yield
    except TsdbtasksError as error:
        raise ending(error) from error


def ending(failure: TsdbtasksError) -> Exit:
    """Return what ends Invoke's program for *failure*, and what a caller in Python can still catch as its own kind."""
    kind = cast("type[Exit]", type(f"{type(failure).__name__}Exit", (Exit, type(failure)), {}))
    made = kind.__new__(kind)
    made.__dict__.update(failure.__dict__)
    # Invoke prints it, and it may hold what a program has said.
    Exit.__init__(made, "\n".join(map(console.harmless, str(failure).splitlines())), failure.exit_code)
    made.__dict__["hint"] = ""  # it stands in the message, which Invoke prints
    return made


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(text: str, flag: str, *, least: int = 0) -> int:
    """Read the value of a flag that wants a whole number; Invoke's own parser would end in a traceback."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        message = f"{flag}: want a whole number of at least {least}, got {text!r}"
        raise UsageError(message)
    return value


def duration(text: str, flag: str) -> Duration:
    """Read the value of a flag that wants a length of time above zero."""
    try:
        value = Duration.parse(text)
    except ValueError as error:
        message = f"{flag}: {error}"
        raise UsageError(message) from None
    if not value.nanoseconds:
        message = f"{flag}: want more than no time, got {text!r}"
        raise UsageError(message)
    return value
