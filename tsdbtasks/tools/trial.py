"""Runs built programs as a user would first: asks for the version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.build.plan import USUAL
from tsdbtasks.core.report import record
from tsdbtasks.errors import TsdbtasksError

if TYPE_CHECKING:
    from pathlib import Path

    from tsdbtasks.core.build.manifest import Binary, Manifest
    from tsdbtasks.tools.work import Work

#: Seconds that a program may take to print its version.
PATIENCE = 20.0


@dataclass(frozen=True)
class Trial:
    """What became of one binary: built for a platform, and run if that could be done here."""

    program: str
    platform: str
    outcome: str
    reason: str


def run(work: Work, built: Manifest, out: Path) -> tuple[Trial, ...]:
    """Run every binary in *out* that this machine can run, and say why the others were not run."""
    return tuple(
        Trial(binary.name, platform, *_run(work, binary, platform, out))
        for platform, target in built.targets.items()
        for binary in target.binaries
    )


def _run(work: Work, binary: Binary, platform: str, out: Path) -> tuple[str, str]:
    if not f"{platform}_".startswith(f"{work.go.host.replace('/', '_')}_"):
        return record.SKIPPED, f"impossible here: this machine is {work.go.host}"
    if not _is_stamped(binary):
        return record.SKIPPED, "no variable of package main holds a version, so there is none to ask for"
    command = [str(out / binary.path), *work.settings.build.version_command]
    try:
        done = work.runner.ask(command, cwd=out, timeout=PATIENCE)
    except TsdbtasksError as error:
        return record.FAILED, error.message
    if work.tree.version.text not in f"{done.text} {done.err}".split():
        said = (done.text or done.err).strip().splitlines()
        return record.FAILED, f"want the version {work.tree.version.text}, got {said[0] if said else 'nothing'!r}"
    return record.DONE, f"prints {work.tree.version.text}"


def _is_stamped(binary: Binary) -> bool:
    """Say whether the version was put into one of the usual variables."""
    flags = " ".join(binary.argv)
    return any(f"-X=main.{name}=" in flags for name in USUAL["version"])
