"""The plan of a build: from settings and facts to the exact commands, the same on every machine."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tsdbtasks.core.build import platforms
from tsdbtasks.core.build.gosource import Kind
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tsdbtasks.core.build.platforms import Platform
    from tsdbtasks.core.build.versions import Version

#: The usual variables of package main, by what they are given.
USUAL = {
    "version": ("version", "Version", "appVersion", "AppVersion", "buildVersion", "BuildVersion"),
    "commit": (
        "commit", "Commit", "commitHash", "CommitHash", "gitCommit", "GitCommit", "gitSHA", "GitSHA", "revision",
        "Revision",
    ),
    "date": ("date", "Date", "buildDate", "BuildDate", "buildTime", "BuildTime", "commitDate", "CommitDate"),
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A main package: the program's name, its import path, and how the go command finds it from the module."""

    name: str
    import_path: str
    pattern: str


@dataclass(frozen=True)
class Stamps:
    """What is put into a program: version, full commit and commit time (RFC 3339, UTC)."""

    version: str
    commit: str
    date: str
    name: str

    @classmethod
    def of(cls, version: Version, commit: str, time: int, name: str) -> Stamps:
        """Return the stamps of a build; without a commit there is no time either."""
        date = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if commit else ""
        return cls(version.text, commit, date, name)

    def filled(self, template: str) -> str:
        """Return *template* with {version}, {commit}, {date} and {name} filled in; ValueError for another name."""
        values = {"version": self.version, "commit": self.commit, "date": self.date, "name": self.name}

        def value(match: re.Match[str]) -> str:
            if match[1] not in values:
                message = f"want {{version}}, {{commit}}, {{date}} or {{name}}, got {match[0]!r} in {template!r}"
                raise ValueError(message)
            return values[match[1]]

        return re.sub(r"\{([^{}]*)\}", value, template)


def programs(
    listed: Sequence[tuple[str, str]], module: str, wanted: Sequence[str]
) -> tuple[tuple[Program, ...], tuple[str, ...]]:
    """Return the programs of *module* to build and the main packages left out.

    *listed* are (import path, folder relative to the module as ``./x``) of all main packages, *wanted* the
    settings' list of patterns; without one, the module's root and what lies below ./cmd count, or else all.
    """
    mains = {pattern: path for path, pattern in listed}
    if wanted:
        chosen = [_wanted(pattern, mains) for pattern in wanted]
    else:
        usual = [pattern for pattern in mains if pattern == "." or pattern.startswith("./cmd/")]
        chosen = usual or list(mains)
    found = tuple(Program(_name(mains[pattern], module), mains[pattern], pattern) for pattern in sorted(set(chosen)))
    if not found:
        message = f"the module {module} has no main package, so there is nothing to build"
        raise UsageError(message, hint="add one under ./cmd/NAME, or name one in build.main")
    # Windows and macOS take names that differ in capitals for the same file.
    names = [one.name.lower() for one in found]
    doubled = sorted({one.name for one in found if names.count(one.name.lower()) > 1})
    if doubled:
        where = ", ".join(one.pattern for one in found if one.name in doubled)
        message = f"several main packages would become the program {', '.join(doubled)}: {where}"
        raise UsageError(message, hint="name those to build in build.main")
    return found, tuple(sorted(set(mains) - set(chosen)))


def _wanted(pattern: str, mains: Mapping[str, str]) -> str:
    for form in (pattern, f"./{pattern}", pattern.rstrip("/"), f"./{pattern}".rstrip("/")):
        if form in mains:
            return form
    by_path = {path: form for form, path in mains.items()}
    if pattern in by_path:
        return by_path[pattern]
    raise SettingsError([f"tsdbtasks.build.main: {pattern!r} is no main package here, {perhaps(pattern, mains)}"])


def _name(import_path: str, module: str) -> str:
    """Return the name go install would give a program: the last part that is no major version."""
    parts = import_path.split("/")
    if len(parts) > 1 and re.fullmatch(r"v[2-9]|v[1-9]\d+", parts[-1]) and import_path == module:
        parts.pop()
    return re.sub(r"\.v\d+$", "", parts[-1]) if import_path.startswith("gopkg.in/") else parts[-1]


def project_name(module: str) -> str:
    """Return the name of a project in its archives: what its module's path ends in."""
    return _name(module, module)


def stamped(known: Mapping[str, Kind], stamps: Stamps, taken: Collection[str] = ()) -> tuple[str, ...]:
    """Return the -X flags for those usual variables of package main that can be set and are not *taken*."""
    values = {"version": stamps.version, "commit": stamps.commit, "date": stamps.date}
    return tuple(
        f"-X=main.{name}={values[what]}"
        for what, usual in USUAL.items()
        for name in usual
        if known.get(name) is Kind.SETTABLE and values[what] and name not in taken
    )


def variables_set(ldflags: Sequence[str]) -> list[tuple[str, str]]:
    """Return (package, variable) of each -X in *ldflags*, written as ``-X=p.v=x``, ``-X p.v=x`` or two members."""
    words = [word for flag in ldflags for word in ([flag] if flag.startswith(("-X=", "--X=")) else flag.split(None, 1))]
    found = []
    for index, word in enumerate(words):
        if word.startswith(("-X=", "--X=")):
            found.append(word.split("=", 1)[1])
        elif word in {"-X", "--X"} and index + 1 < len(words):
            found.append(words[index + 1])
    return [(target.rpartition(".")[0], target.rpartition(".")[2]) for target in (text.split("=")[0].strip() for text in found)]


def wrong_variables(ldflags: Sequence[str], known: Mapping[str, Mapping[str, Kind]], imported: Mapping[str, str]) -> list[str]:
    """Return one sentence for each -X in the settings that Go would ignore without a word.

    *known* are the names of each package that a -X mentions, *imported* maps what may be written ("main", an
    import path) to the import path that is meant, for packages that are part of the program.
    """
    wrong = []
    for package, variable in variables_set(ldflags):
        where = f"tsdbtasks.build.ldflags: -X {package}.{variable}"
        if package == imported["main"] != "main":
            wrong.append(f"{where}: the linker knows the main package as main, so want -X main.{variable}")
            continue
        if package not in imported:
            wrong.append(f"{where}: the package {package!r} is no part of the program")
            continue
        names = known[imported[package]]
        kind = names.get(variable)
        if kind is None:
            settable = [name for name, one in names.items() if one is Kind.SETTABLE]
            wrong.append(f"{where}: no such variable, {perhaps(variable, settable)}")
        elif kind is not Kind.SETTABLE:
            wrong.append(f"{where}: want a string variable without a computed value, {variable} is {kind.value}")
    return wrong


@dataclass(frozen=True)
class Recipe:
    """One go build: everything that decides the bytes of one program for one platform."""

    program: Program
    platform: Platform
    argv: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def id(self) -> str:
        """What it is called in messages and logs."""
        return f"{self.program.name}_{self.platform.id}"

    def file(self, *, flat: bool) -> str:
        """Return the path of the binary below the output folder: by its platform's name, or *flat* where there is one."""
        name = f"{self.program.name}{self.platform.exe}"
        return name if flat else f"{self.id}/{name}"

    def command(self, go: str, out: str) -> list[str]:
        """Return the command that builds it into the file *out*."""
        return [go, *self.argv[:-1], "-o", out, self.argv[-1]]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The settings of a build, for one platform or for all."""

    tags: Sequence[str] = ()
    ldflags: Sequence[str] = ()
    flags: Sequence[str] = ()
    env: Mapping[str, str] | None = None
    cgo: bool = False
    cc: str = ""
    vcs: bool = True


def recipe(program: Program, platform: Platform, choices: Choices) -> Recipe:
    """Return how *program* is built for *platform*; the order of flags is fixed, so that it can be compared."""
    # -trimpath keeps local paths out, so that two builds of one commit are equal.
    argv = ["build", "-trimpath", f"-buildvcs={'true' if choices.vcs else 'false'}"]
    if choices.tags:
        argv.append(f"-tags={','.join(choices.tags)}")
    if choices.ldflags:
        argv.append(f"-ldflags={joined(choices.ldflags)}")
    return Recipe(program, platform, (*argv, *choices.flags, program.pattern), environment(platform, choices))


#: Flags and variables that say what a target is, or that every build has the same; settings of their own decide them.
RESERVED_FLAGS = ("-o", "-C", "-n", "-mod", "-tags", "-ldflags", "-trimpath", "-buildvcs")
RESERVED_VARIABLES = frozenset(
    {"GOOS", "GOARCH", "CGO_ENABLED", "GOFLAGS", "GOWORK", "GOTOOLCHAIN", "GOENV", *platforms.VARIANT_VARIABLES}
)


def reserved(flags: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Return the names among *flags* and *env* that settings of their own decide."""
    named = [flag.split("=")[0].replace("--", "-", 1) for flag in flags if flag.startswith("-")]
    return [name for name in named if name in RESERVED_FLAGS] + [name for name in env if name in RESERVED_VARIABLES]


def environment(platform: Platform, choices: Choices) -> dict[str, str]:
    """Return the variables that select *platform*, which decide also what files a package has."""
    return {
        "CGO_ENABLED": "1" if choices.cgo else "0",
        "GOTOOLCHAIN": "local",
        **({"CC": choices.cc} if choices.cc else {}),
        **platform.env(),
        **(choices.env or {}),
    }


def joined(flags: Sequence[str]) -> str:
    """Return *flags* as one value that the go command splits again at the same places (go help build)."""
    return " ".join(_quoted(flag) for flag in flags)


# Only these part words for the go command, and quotes count at the beginning of a word only.
_BLANK = re.compile(r"[ \t\n\r]")


def _quoted(flag: str) -> str:
    if not _BLANK.search(flag) and not flag.startswith(("'", '"')):
        return flag
    # The value of -ldflags may not begin with a quote, so the name stays outside: -X 'main.v=a b'.
    match = re.fullmatch(r"(--?[A-Za-z]\w*)(=|[ \t]+)(.*)", flag, re.DOTALL)
    if match is None:
        return _in_quotes(flag)
    name, between, value = match.groups()
    if between != "=" and re.search(r"(^|\s)-", value):
        problem = f"tsdbtasks.build.ldflags: want one flag in each member, as '-s' or '-X=main.v=x', got {flag!r}"
        raise SettingsError([problem])
    return f"{name} {_in_quotes(value)}"


def _in_quotes(word: str) -> str:
    if word and not _BLANK.search(word) and not word.startswith(("'", '"')):
        return word
    for quote in "'\"":
        if quote not in word:
            return f"{quote}{word}{quote}"
    raise SettingsError([f"tsdbtasks.build.ldflags: the go command cannot take both kinds of quotes in one flag: {word!r}"])


def fingerprint(inputs: Mapping[str, object]) -> str:
    """Return the SHA-256 of *inputs*, the same for equal inputs on every machine."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
