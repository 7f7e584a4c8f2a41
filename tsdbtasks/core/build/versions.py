"""The version of a build: the tag is the authority, and what has no tag says so in its version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# The grammar of semver.org with Go's leading v, without which the go command takes no tag for a version.
_IDENTIFIER = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = re.compile(
    rf"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Version:
    """A version of a build: its text as tagged, ``v1.2.3``, and where it was taken from."""

    text: str
    origin: str
    tagged: bool

    @property
    def plain(self) -> str:
        """The form for names of files, without the leading v."""
        return self.text.removeprefix("v")

    @property
    def tag(self) -> str:
        """The tag that a clone for this build carries, or nothing."""
        return self.text if self.tagged else ""


def is_version(text: str) -> bool:
    """Say whether *text* is a version as tags spell it: v and a semantic version (semver.org, 2.0.0)."""
    return _FORM.fullmatch(text) is not None


def precedence(text: str) -> tuple[object, ...]:
    """Return what sorts versions as semver.org, item 11, does: a candidate before its release, numbers as numbers."""
    match = _FORM.fullmatch(text)
    if match is None:
        message = f"want a version such as v1.2.3, got {text!r}"
        raise UsageError(message)
    *numbers, pre, _ = match.groups()
    # Numbers are below words, and a list that another one goes on from is below that.
    words = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in (pre or "").split(".")]
    return (*map(int, numbers), not pre, *words)


def checked(text: str, where: str) -> str:
    """Return *text* with its leading v, or raise UsageError that names *where* it was given."""
    for candidate in (text, f"v{text}"):
        if is_version(candidate):
            return candidate
    message = f"{where}: want a version such as v1.2.3 or v1.2.3-rc.1, got {text!r}"
    raise UsageError(message)


@dataclass(frozen=True)
class Asked:
    """A version that somebody asked for, and where: a flag, a variable, or CI's own reference."""

    text: str
    where: str


def decide(
    *, asked: Asked | None, tags: Sequence[str], other_tags: Sequence[str], commit: str, time: int, dirty: bool
) -> Version:
    """Return the version of a build.

    *tags* are those at the commit, *other_tags* those elsewhere, *time* the commit's in seconds since 1970.
    What was asked for counts first; then the one version among the tags of a clean tree; else a
    description that neither other tags nor the depth of the clone can change (Go's pseudo-version
    without a base, go.dev/ref/mod#pseudo-versions).
    """
    versions = [tag for tag in tags if is_version(tag)]
    if asked is not None:
        text = checked(asked.text, asked.where)
        if text in other_tags:
            message = f"{asked.where}: the tag {text} exists and stands at another commit than {commit[:12]}"
            raise UsageError(message, hint=f"git checkout {text}, or choose another version")
        return Version(_marked(text) if dirty else text, asked.where, tagged=not dirty)
    if len(versions) > 1 and not dirty:
        message = f"the commit {commit[:12]} has several version tags: {', '.join(sorted(versions))}"
        raise UsageError(message, hint=f"say which one: --version {max(versions, key=precedence)}")
    if versions and not dirty:
        return Version(versions[0], "tag", tagged=True)
    return Version(described(commit, time, dirty=dirty), "commit" if commit else "no commit", tagged=False)


def described(commit: str, time: int, *, dirty: bool) -> str:
    """Return the version of a commit without a tag, or of a folder without a commit."""
    if not commit:
        return "v0.0.0-uncommitted"
    stamp = datetime.fromtimestamp(time, UTC).strftime("%Y%m%d%H%M%S")
    text = f"v0.0.0-{stamp}-{commit[:12]}"
    return _marked(text) if dirty else text


def _marked(text: str) -> str:
    """Return a version that says its tree was not the commit's."""
    return f"{text}.dirty" if "+" in text else f"{text}+dirty"
