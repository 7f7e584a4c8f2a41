"""Everything that could stop the pipeline, judged from facts: what is wrong, and the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks import errors
from tsdbtasks.core.build import versions
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.core.report.table import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

OK = "ok"
WARNING = "warning"
ERROR = "error"

#: Below this much room a build of five platforms may not fit: Go's cache grows by some hundred MB.
LEAST_ROOM = 2 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; *code* is the exit code if it is an error, *mend* a command or sentence."""

    area: str
    state: str
    text: str
    mend: str = ""
    code: int = errors.GOOD


def ok(area: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(area, OK, text)


def warning(area: str, text: str, mend: str) -> Finding:
    """Return a finding that stops nothing by itself."""
    return Finding(area, WARNING, text, mend)


def failure(area: str, error: errors.TsdbtasksError) -> list[Finding]:
    """Return what a check raised, one finding for each of several problems."""
    lines = error.problems if isinstance(error, errors.SettingsError) else (error.message,)
    return [Finding(area, ERROR, line, error.hint, error.exit_code) for line in lines]


def history(*, commit: str, shallow: bool, tags: Sequence[str], all_tags: Collection[str]) -> list[Finding]:
    """Judge what git knows of the commit: whether it has one, and one version."""
    if not commit:
        return [warning("git", "there is no commit yet, so builds cannot be traced", "git add . && git commit")]
    found = [ok("git", f"commit {commit[:12]}")]
    if shallow:
        found.append(
            warning("git", "the clone is shallow: older tags and history are not here", "git fetch --unshallow --tags")
        )
    named = [tag for tag in tags if versions.is_version(tag)]
    others = [tag for tag in tags if not versions.is_version(tag)]
    if len(named) > 1:
        text = f"several version tags at one commit: {', '.join(sorted(named))}"
        found.append(Finding("version", ERROR, text, f"say which one: --version {max(named)}", errors.USAGE))
    elif named:
        found.append(ok("version", f"the commit has the tag {named[0]}"))
    elif not any(versions.is_version(tag) for tag in all_tags):
        found.append(warning("version", "no tag is a version, so builds are named after the commit", "git tag v0.1.0"))
    else:
        found.append(ok("version", "no version tag at this commit, so builds are named after the commit"))
    found += [
        warning(
            "version",
            f"the tag {tag!r} is no version: want v1.2.3 (semver.org with a v)",
            f"git tag v{tag}" if versions.is_version(f"v{tag}") else "rename it if it was meant to be one",
        )
        for tag in others
    ]
    return found


def tree(dirty: Sequence[str]) -> Finding:
    """Judge uncommitted changes that a build of the commit would not have."""
    if not dirty:
        return ok("tree", "clean: builds come from a private clone of the commit")
    few = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")  # noqa: PLR2004 - a few
    return warning("tree", f"dirty, so builds are made in place and no tag is their version: {few}", "git status")


def environment(ignored: Mapping[str, str]) -> list[Finding]:
    """Judge Go's variables in the shell, which builds do not take over."""
    return [
        warning(
            "go",
            f"{name}={value} in the environment is not used for builds",
            "use settings instead: build.flags, build.tags, build.env",
        )
        for name, value in sorted(ignored.items())
    ]


def platforms(configured: Mapping[str, str], known: Collection[str]) -> list[Finding]:
    """Judge the platforms of the settings (name by id) against those that the go command builds for."""
    return [
        Finding(
            "platforms",
            ERROR,
            f"tsdbtasks.build.platforms: this Go does not build for {name}",
            perhaps(name, known),
            errors.USAGE,
        )
        for name in configured.values()
        if name not in known
    ] or [ok("platforms", ", ".join(configured))]


def compilers(missing: Mapping[str, str]) -> list[Finding]:
    """Judge the platforms that want cgo (compiler by platform id) and have no compiler."""
    return [
        Finding(
            "cgo",
            ERROR,
            f"{platform} wants cgo, and the C compiler {compiler} is not there",
            f"install {compiler}, or set build.platform.{platform}.cc",
            errors.MISSING,
        )
        for platform, compiler in missing.items()
    ]


def race(lacking: str) -> Finding:
    """Judge whether tests can run under the race detector; *lacking* says what it needs and has not."""
    return warning("race", lacking, "install gcc or clang") if lacking else ok("race", "a C compiler is there")


def room(place: str, free: int) -> Finding:
    """Judge the free bytes where *place* is."""
    text = f"{free / (1 << 30):.1f} GiB free for {place}"
    return ok("disk", text) if free >= LEAST_ROOM else warning("disk", text, f"make room for {place}")


def code(findings: Sequence[Finding]) -> int:
    """Return the exit code of all *findings*: that of the worst error."""
    return errors.worst(finding.code for finding in findings)


def table(findings: Sequence[Finding]) -> Table:
    """Return the findings as a table, what mends each on a row below it."""
    rows: list[tuple[str, str, str]] = []
    for one in findings:
        rows.append((one.state, one.area, one.text))
        if one.mend and one.state != OK:
            rows.append(("", "", f"  next: {one.mend}"))
    return Table("", ("state", "area", "finding"), rows)
