"""Every deliberate failure, its exit code and its advice.

Nothing here knows Invoke or nox: the edge turns these into whatever ends the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GOOD = 0
FAILED = 1
USAGE = 2
MISSING = 3
REFUSED = 4
NOTHING = 5

#: The order in which several outcomes of one run weigh, the worst first.
SEVERITY = (FAILED, USAGE, MISSING, NOTHING, REFUSED, GOOD)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a run that had all of *codes*; none at all is good, an unknown one a failure."""
    ranked = sorted((code if code in SEVERITY else FAILED for code in codes), key=SEVERITY.index)
    return ranked[0] if ranked else GOOD


class TsdbtasksError(Exception):
    """A failure that was foreseen: what happened, and what to do next.

    *hint* is one sentence or command for the reader; it may be empty where nothing helps.
    """

    code: ClassVar[int] = FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the advice apart, so that reports can show both."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, and the advice on a line of its own."""
        return f"{self.message}\n  next: {self.hint}" if self.hint else self.message

    @property
    def exit_code(self) -> int:
        """The code the process ends with."""
        return self.code


class ProgramError(TsdbtasksError):
    """A program that we started failed, or ended in a way that was not foreseen."""


class InterruptedRunError(TsdbtasksError):
    """Somebody stopped the run: Ctrl-C, SIGTERM or SIGHUP."""


class UsageError(TsdbtasksError):
    """A flag, an argument or the state of the repository does not allow what was asked."""

    code = USAGE


class SettingsError(UsageError):
    """One or more settings are wrong; all of them are listed."""

    def __init__(self, problems: Sequence[str], *, hint: str = "") -> None:
        """Take one line for each problem, each with its path, what was wanted and what was there."""
        super().__init__("\n".join(problems), hint=hint)
        self.problems = tuple(problems)


class MissingError(TsdbtasksError):
    """A program or a service that is needed is not there, or is too old."""

    code = MISSING


class RefusedError(TsdbtasksError):
    """A gate said no."""

    code = REFUSED


class NothingError(TsdbtasksError):
    """There was nothing to measure, to run or to compare, and that is no success."""

    code = NOTHING


class SeveralError(TsdbtasksError):
    """Several independent failures of one run; the exit code is the worst one's."""

    def __init__(self, message: str, errors: Sequence[TsdbtasksError]) -> None:
        """Keep *errors* in order; *message* says what they have in common."""
        super().__init__("\n".join([message, *(f"- {error}".replace("\n", "\n  ") for error in errors)]))
        self.errors = tuple(errors)

    @property
    def exit_code(self) -> int:
        """The worst of the codes."""
        return worst(error.exit_code for error in self.errors) or FAILED


def failure(code: int) -> type[TsdbtasksError]:
    """Return the kind of failure that ends with *code*."""
    kinds: dict[int, type[TsdbtasksError]] = {
        USAGE: UsageError,
        MISSING: MissingError,
        REFUSED: RefusedError,
        NOTHING: NothingError,
    }
    return kinds.get(code, ProgramError)
