"""The only place where programs start."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tsdbtasks import system
from tsdbtasks.errors import MissingError, ProgramError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from invoke.context import Context

#: The runner of the task that was called first; the tasks that it calls share it, and what stops it stops all.
CURRENT: ContextVar[Runner | None] = ContextVar("runner", default=None)
#: Lines of output that are kept to be shown when a program fails.
TAIL = 30
#: Seconds between asking a process group to end and making it.
GRACE = 5.0
#: Seconds after which a wait of the main thread looks whether a signal has come.
HEARING = 0.2


@dataclass(frozen=True)
class Completed:
    """A program that has ended: its exit status, what it wrote, and how long it took."""

    argv: tuple[str, ...]
    code: int
    out: bytes
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are none stay visible as escapes."""
        return self.out.decode("utf-8", "backslashreplace")

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.text.splitlines()


@dataclass(frozen=True)
class Attempt:
    """A program that was given a time limit: its exit status, both of its streams as one, and whether it was ended."""

    code: int
    out: bytes
    seconds: float
    timed_out: bool


class Processes:
    """The programs that are running now, so that a signal can end all of them."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(
        self, argv: Sequence[str], *, cwd: Path | None, env: Mapping[str, str], stdout: int, stderr: int
    ) -> subprocess.Popen[bytes]:
        """Start a program in a group of its own, without standard input."""
        with self._lock:
            if self._closed:
                message = f"{argv[0]} was not started: the run is being stopped"
                raise ProgramError(message)
            process = subprocess.Popen(  # noqa: S603 - a list, never a shell string
                list(argv), cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, **system.GROUP
            )
            self._running.add(process)
        return process

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """See to it that *process* and its group have ended."""
        if process.poll() is None:
            _end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        with self._lock:
            self._running.discard(process)

    def stop(self) -> None:
        """End all that runs and let nothing start any more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            system.end_group(process, force=False)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    system.end_group(process, force=False)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    # Also after a clean end: a child of the program may have ignored the request.
    system.end_group(process, force=True)
    process.wait()


class Runner:
    """Starts programs: :meth:`ask` for what must be known, :meth:`act` for what changes something."""

    def __init__(self, *, dry: bool = False, echo: bool = False, environ: Mapping[str, str] | None = None) -> None:
        """Take ``--dry`` and ``--echo``, and the environment that programs get, by default our own."""
        self.dry = dry
        self.echo = echo
        self.environ = dict(os.environ if environ is None else environ)
        self.processes = Processes()

    @classmethod
    def of(cls, c: Context) -> Runner:
        """Return the runner of the task that is being run with *c*, or a new one outside of any."""
        return CURRENT.get() or cls(dry=c.config.run.dry, echo=c.config.run.echo)

    def ask(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float = 60.0,
        ok: Collection[int] | None = (0,),
    ) -> Completed:
        """Run a program that only answers, also under ``--dry``, and return what it wrote.

        *env* changes the environment (None removes a variable), *ok* lists the exit statuses that are no
        error (None: all). Raises MissingError where the program is absent, ProgramError otherwise.
        """
        self._say(argv, shown=self.echo)
        start = time.monotonic()
        with self._started(argv, cwd, env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                # It may have ended itself and left a child that holds the pipes open.
                system.end_group(process, force=True)
                message = f"{argv[0]} gave no answer within {timeout:g} s: {shlex.join(argv)}"
                raise ProgramError(message) from None
        done = Completed(
            tuple(argv), process.returncode, out, err.decode("utf-8", "backslashreplace"), time.monotonic() - start
        )
        _check(done, ok, done.err.splitlines() or done.lines)
        return done

    def act(  # noqa: PLR0913 - each is a property of one run of one program
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
        ok: Collection[int] | None = (0,),
        log: Path | None = None,
        stream: bool = False,
        said: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a program that changes something; under ``--dry`` only print it.

        Both of its streams go to *log*, and to our stderr with *stream*; the last lines come back as ``err``
        and stand in the error if it fails. *said* are the variables that are printed before the command, so that
        it can be repeated by hand.
        """
        self._say(argv, shown=self.echo or self.dry, said=said or {})
        if self.dry:
            return Completed(tuple(argv), 0, b"", "", 0.0)
        start = time.monotonic()
        tail: deque[str] = deque(maxlen=TAIL)
        unwritten: list[OSError] = []
        with (
            self._started(argv, cwd, env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process,
            _opened(log) as file,
        ):
            reader = threading.Thread(target=_read, args=(process.stdout, tail, file, stream, unwritten), daemon=True)
            reader.start()
            try:
                _wait(process, timeout)
            except subprocess.TimeoutExpired:
                message = f"{shlex.join(argv)} did not end within {timeout:g} s and was stopped"
                raise ProgramError("\n".join([message, *tail])) from None
            # A child that it left behind may hold the pipe open for ever.
            reader.join(1.0)
            if reader.is_alive():
                system.end_group(process, force=True)
                reader.join()
        done = Completed(tuple(argv), process.returncode, b"", "\n".join(tail), time.monotonic() - start)
        _check(done, ok, list(tail), log)
        if unwritten:
            raise unwritten[0]
        return done

    def attempt(
        self, argv: Sequence[str], *, cwd: Path | None, env: Mapping[str, str | None], timeout: float, out: Path
    ) -> Attempt:
        """Run a program that may fail or hang, and return what it wrote in either case; *out* is a file for it.

        Nothing of ours works while it runs, so that it can be measured: its output goes to the file by itself.
        What it leaves running is ended.
        """
        self._say(argv, shown=self.echo)
        late = threading.Event()
        with out.open("wb") as file:
            start = time.monotonic()
            with self._started(argv, cwd, env, stdout=file.fileno(), stderr=subprocess.STDOUT) as process:

                def end() -> None:
                    late.set()
                    system.end_group(process, force=True)

                # Waiting with a time limit would look at the process again and again.
                limit = threading.Timer(timeout, end)
                limit.daemon = True
                limit.start()
                try:
                    process.wait()
                finally:
                    limit.cancel()
                seconds = time.monotonic() - start
                system.end_group(process, force=True)
        return Attempt(process.returncode, out.read_bytes(), seconds, late.is_set())

    @contextlib.contextmanager
    def _started(
        self,
        argv: Sequence[str],
        cwd: Path | None,
        env: Mapping[str, str | None] | None,
        *,
        stdout: int,
        stderr: int,
    ) -> Iterator[subprocess.Popen[bytes]]:
        environ = {**self.environ, **(env or {})}
        kept = {name: value for name, value in environ.items() if value is not None}
        try:
            process = self.processes.start(argv, cwd=cwd, env=kept, stdout=stdout, stderr=stderr)
        except FileNotFoundError as error:
            if cwd is not None and not cwd.is_dir():
                message = f"{argv[0]} was to be run in {cwd}, which is no folder"
                raise ProgramError(message) from error
            if shutil.which(argv[0], path=kept.get("PATH")):
                message = f"the program {argv[0]} cannot be started, though it is there: what its first line names is missing"
                raise MissingError(message, hint=f"look at it: head -n 1 {shlex.quote(argv[0])}") from error
            message = f"the program {argv[0]} is not there"
            raise MissingError(message, hint=f"install {Path(argv[0]).name} or put it on PATH") from error
        except PermissionError as error:
            message = f"the program {argv[0]} may not be run: {error.strerror}"
            raise MissingError(message, hint=f"check its mode: chmod +x {shlex.quote(argv[0])}") from error
        try:
            yield process
        finally:
            self.processes.finish(process)

    def _say(self, argv: Sequence[str], *, shown: bool, said: Mapping[str, str] | None = None) -> None:
        if shown:
            variables = [f"{name}={shlex.quote(value)}" for name, value in (said or {}).items()]
            words = ["would run:" if self.dry else "+", *variables, shlex.join(argv)]
            # In one piece, because several threads speak at once.
            sys.stderr.write(" ".join(words) + "\n")


def _wait(process: subprocess.Popen[bytes], timeout: float | None) -> None:
    """Wait until *process* has ended; raise TimeoutExpired after *timeout* seconds."""
    if threading.current_thread() is not threading.main_thread():
        process.wait(timeout)
        return
    # The main thread hears signals, but one that comes just before a wait without end would be heard only after it.
    until = float("inf") if timeout is None else time.monotonic() + timeout
    while True:
        try:
            process.wait(max(0.0, min(HEARING, until - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= until:
                raise
            system.hear()
        else:
            return


@contextlib.contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb", buffering=0) as file:
        yield file


def _read(
    pipe: IO[bytes],
    tail: deque[str],
    file: IO[bytes] | None,
    stream: bool,  # noqa: FBT001 - a thread's target
    unwritten: list[OSError],
) -> None:
    for line in pipe:
        tail.append(line.decode("utf-8", "backslashreplace").rstrip("\r\n"))
        if file is not None and not unwritten:
            try:
                file.write(line)
            except OSError as error:  # on a full disk; a pipe that nobody reads any more would stop the program for ever
                unwritten.append(error)
        if stream:
            print(tail[-1], file=sys.stderr)


def _check(done: Completed, ok: Collection[int] | None, said: Sequence[str], log: Path | None = None) -> None:
    if ok is None or done.code in ok:
        return
    how = f"was ended by signal {-done.code}" if done.code < 0 else f"exited with {done.code}"
    message = f"{shlex.join(done.argv)} {how}"
    lines = [line for line in said if line.strip()][-TAIL:]
    raise ProgramError("\n".join([message, *(f"  {line}" for line in lines)]), hint=f"see {log}" if log else "")
