"""Typed settings, and the one reader for them.

Later wins: the defaults here, the file, ``collection(settings=…)``, invoke.yaml, the environment, a flag.
"""

from __future__ import annotations

import dataclasses
import math
import os
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from tsdbtasks.core.bench.verdicts import Policy
from tsdbtasks.core.build import plan
from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.core.durations import Duration
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import SettingsError, UsageError

if typing.TYPE_CHECKING:
    from invoke.context import Context

KEY = "tsdbtasks"
_PREFIX = "TSDBTASKS_"
_FILE = "tsdbtasks.toml"
_T = TypeVar("_T")


def _option(default: Any, doc: str) -> Any:  # noqa: ANN401 - stands for a field of any type, as dataclasses.field does
    """Return a field with its default and the sentence that the reference shows for it."""
    if default == {}:
        return dataclasses.field(default_factory=dict, metadata={"doc": doc})
    return dataclasses.field(default=default, metadata={"doc": doc})


def _section(kind: type[_T], doc: str) -> _T:
    return dataclasses.field(default_factory=kind, metadata={"doc": doc})


_DEFAULT_PLATFORMS = tuple(
    Platform.parse(text) for text in ("linux/amd64", "linux/arm64", "windows/amd64", "darwin/amd64", "darwin/arm64")
)


@dataclass(frozen=True, kw_only=True)
class GoSettings:
    """Where Go comes from."""

    path: str = _option("", "The go command to use; empty: beside the running Python, then PATH, then GOROOT.")
    versions: Mapping[str, str] = _option({}, "Where sessions find other versions of Go: a path by version.")


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """What one platform needs that the others do not."""

    env: Mapping[str, str] = _option({}, "Variables for this platform's builds.")
    cgo: bool | None = _option(None, "Overrides build.cgo.")
    cc: str = _option("", "The C compiler for cgo, such as 'aarch64-linux-gnu-gcc'.")
    tags: tuple[str, ...] = _option((), "Build tags besides build.tags.")


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """How programs are built."""

    platforms: tuple[Platform, ...] = _option(_DEFAULT_PLATFORMS, "GOOS/GOARCH or GOOS/GOARCH/VARIANT of each target.")
    main: tuple[str, ...] = _option(
        (), "Main packages, as './cmd/x'; empty: those at the module's root and below ./cmd, else all there are."
    )
    tags: tuple[str, ...] = _option((), "Go build tags.")
    ldflags: tuple[str, ...] = _option(
        ("-s", "-w"), "Linker flags; {version}, {commit}, {date} and {name} are filled in, as in '-X=main.v={version}'."
    )
    flags: tuple[str, ...] = _option(
        (), "Further flags of go build, such as '-gcflags=all=-l'; those with a setting of their own are refused."
    )
    stamp: bool = _option(
        True,  # noqa: FBT003 - a default, not an argument
        "Put version, commit and commit time into the usual variables of package main.",
    )
    env: Mapping[str, str] = _option(
        {}, "Variables for all builds; those that select a platform or have a setting of their own are refused."
    )
    cgo: bool = _option(False, "Build with cgo; each platform then needs a C compiler.")  # noqa: FBT003 - a default
    jobs: int = _option(0, "Targets built at the same time; 0: one more than there are processors.")
    platform: Mapping[str, PlatformSettings] = _option(
        {}, "Differences of one platform, by its id: [build.platform.linux_arm64]."
    )
    version_command: tuple[str, ...] = _option(
        ("--version",), "Arguments with which a program prints its version and exits, for build-test."
    )


@dataclass(frozen=True, kw_only=True)
class PackageSettings:
    """What goes into the archives."""

    files: tuple[str, ...] = _option((), "Further files for every archive, as paths or globs with ** below the module.")
    separate: bool = _option(False, "One archive for each program instead of one with all of them.")  # noqa: FBT003 - a default
    sbom: bool = _option(True, "A CycloneDX SBOM beside each archive.")  # noqa: FBT003 - a default


@dataclass(frozen=True, kw_only=True)
class TestSettings:
    """How ``inv test`` runs the Go tests."""

    __test__ = False  # or pytest takes the name for a test case

    packages: tuple[str, ...] = _option(("./...",), "Package patterns to test.")
    timeout: Duration = _option(Duration.parse("10m"), "Time limit of one package's tests, a Go duration.")
    coverage: float = _option(0.0, "Least total coverage in per cent that --coverage accepts; 0: any.")
    slowest: int = _option(5, "How many of the slowest tests are listed.")


@dataclass(frozen=True, kw_only=True)
class BenchSettings(Policy):
    """How benchmarks are run and judged."""

    count: int = _option(10, "Samples of each benchmark, each a process of its own.")
    benchtime: Duration = _option(Duration.parse("250ms"), "How long one sample measures, a Go duration.")
    timeout: Duration = _option(Duration.parse("5m"), "Time limit of one sample's process, a Go duration.")
    budget: Duration = _option(Duration(0), "Time limit of a whole run, a Go duration; 0: none.")
    machine: str = _option("", "Name of this machine's kind, the same for all of a pool of equal ones; empty: only itself.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of one repository."""

    root: str = _option("", "Folder of go.mod, from where tasks.py stands; empty: found from there upwards.")
    name: str = _option("", "Name of the project in archives; empty: the last part of the module's path.")
    go: GoSettings = _section(GoSettings, "Where Go comes from.")
    build: BuildSettings = _section(BuildSettings, "How programs are built.")
    package: PackageSettings = _section(PackageSettings, "What goes into the archives.")
    test: TestSettings = _section(TestSettings, "How the Go tests are run.")
    bench: BenchSettings = _section(BenchSettings, "How benchmarks are run and judged.")
    folder: Path = _option(Path(), "The folder of go.mod, found from root; not to be set.")
    file: str = _option("", "The file that was read; not to be set.")

    @classmethod
    def of(cls, c: Context, base: Path | None = None) -> Settings:
        """Return the settings that hold for a task called with *c*.

        *base* stands for the folder of tasks.py where that is not the one that was loaded, as in a clone.
        """
        return load(base or base_of(c), _plain(c.config.get(KEY) or {}), os.environ)


def folder_of(c: Context) -> Path:
    """Return the folder of go.mod, also where other settings are wrong."""
    base = base_of(c)
    given = _plain(c.config.get(KEY) or {})
    beside = _table(base / "pyproject.toml", KEY, [])
    named = os.environ.get(f"{_PREFIX}ROOT") or (given.get("root") if isinstance(given, Mapping) else "") or beside.get("root")
    return _root(base, str(named or ""))


def base_of(c: Context) -> Path:
    """Return the folder of the tasks.py that was loaded; where none was, the shell's folder."""
    # Invoke keeps it under this name only.
    prefix = c.config.__dict__.get("_project_prefix")
    return Path(prefix).resolve() if prefix else Path.cwd()


#: Fields that are found and not set.
_FOUND = ("folder", "file")


def load(base: Path, given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Read the settings of the repository whose tasks.py stands in *base*.

    *given* is what tasks.py and invoke.yaml say. All problems are raised together as SettingsError.
    """
    problems: list[str] = []
    _want_table(given)
    shell = _from_environment(environ, problems)
    beside = _table(base / "pyproject.toml", KEY, problems)
    wanted = str(shell.get("root") or given.get("root") or beside.get("root") or "")
    root = _root(base, wanted)
    source, file = _file(base, root, beside, problems)
    merged = _merged(_merged(source, given), shell)
    merged.pop("root", None)
    found = read(Settings, merged, KEY, problems)
    _known_platforms(found, problems)
    problems += _wrong_limits(found)
    if problems:
        raise SettingsError(problems, hint="mend " + (file or "the settings") + "; the reference lists every setting")
    return dataclasses.replace(found, root=wanted, folder=root, file=file)


def check(given: Mapping[str, Any]) -> None:
    """Raise SettingsError if *given*, the settings of a collection, could never be right."""
    problems: list[str] = []
    _want_table(given)
    found = read(Settings, given, KEY, problems)
    _known_platforms(found, problems)
    problems += _wrong_limits(found)
    if problems:
        raise SettingsError(problems, hint="mend collection(settings=…)")


def _want_table(given: object) -> None:
    if not isinstance(given, Mapping):
        raise SettingsError([f"{KEY}: want a table, got {given!r}"], hint="mend collection(settings=…) or invoke.yaml")


def _known_platforms(found: Settings, problems: list[str]) -> None:
    ids = [platform.id for platform in found.build.platforms]
    problems += [f"{KEY}.build.platforms: {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    problems += [
        f"{KEY}.build.platform.{name}: want the id of one of build.platforms, {perhaps(name, ids)}"
        for name in found.build.platform
        if name not in ids
    ]
    for place, flags, env in _overriding(found):
        problems += [f"{place}: {name} is decided by a setting of its own" for name in plan.reserved(flags, env)]
    where = f"{KEY}.build.platforms"
    if not ids and not any(problem.startswith(where) for problem in problems):
        problems.append(f"{where}: want at least one platform, got none")


def _overriding(found: Settings) -> list[tuple[str, Sequence[str], Mapping[str, str]]]:
    """Return the settings that are passed on to the go command as they are, with their paths."""
    own = [(f"{KEY}.build.platform.{name}.env", (), one.env) for name, one in found.build.platform.items()]
    return [(f"{KEY}.build.flags", found.build.flags, {}), (f"{KEY}.build.env", (), found.build.env), *own]


def _wrong_limits(found: Settings) -> list[str]:
    return [f"{KEY}.bench.{problem}" for problem in found.bench.problems()]


def _root(base: Path, wanted: str) -> Path:
    """Return the folder of go.mod; a repository without one is told so by the task that needs it."""
    if wanted:
        root = (base / wanted).resolve()
        if not root.is_dir():
            msg = f"{KEY}.root: want a folder with a go.mod, got {wanted!r}, which is no folder below {base}"
            raise UsageError(msg)
        return root
    return next((folder for folder in (base, *base.parents) if (folder / "go.mod").is_file()), base)


def _file(base: Path, root: Path, beside: dict[str, Any], problems: list[str]) -> tuple[dict[str, Any], str]:
    """Return the settings in the one file that has some, and its name."""
    tables = {
        root / _FILE: _table(root / _FILE, "", problems),
        root / "pyproject.toml": beside if root == base else _table(root / "pyproject.toml", KEY, problems),
        base / "pyproject.toml": beside,
    }
    # A table that only says where go.mod is leaves the rest to the file beside go.mod.
    full = {path: table for path, table in tables.items() if set(table) - {"root"}}
    if len(full) > 1:
        problems.append("settings stand in two files, want one: " + ", ".join(str(path) for path in full))
    path = next(iter(full), None)
    return ({}, "") if path is None else (dict(full[path]), str(path))


def _table(path: Path, tool: str, problems: list[str]) -> dict[str, Any]:
    """Return the settings in a TOML file, or none where it is absent."""
    import tomllib  # noqa: PLC0415 - a noxfile and the check of a collection read no file

    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: want TOML, {error}")
        return {}
    tools = document.get("tool", {})
    table = document if not tool else tools.get(tool, {}) if isinstance(tools, dict) else tools
    if not isinstance(table, dict):
        problems.append(f"{path}: want a table [tool.{tool}], got {table!r}")
        return {}
    return table


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Return TSDBTASKS_BUILD__PLATFORMS=a,b and the like as a nested mapping of strings."""
    nested: dict[str, Any] = {}
    for name in sorted(environ):
        if not name.startswith(_PREFIX):
            continue
        *parents, last = name.removeprefix(_PREFIX).split("__")
        place = nested
        for parent in parents:
            place = place.setdefault(parent.lower(), {})
            if not isinstance(place, dict):
                problems.append(f"{name}: a setting of the same path has a value already")
                break
        else:
            # A variable's own name is case sensitive, so below env it stays as it is.
            place[last if parents[-1:] == ["ENV"] else last.lower()] = FromEnvironment(environ[name], name)
    return nested


class FromEnvironment(str):
    """A value from the environment, which has no types: lists are separated by commas."""

    __slots__ = ("variable",)
    variable: str

    def __new__(cls, value: str, variable: str) -> Self:
        """Remember which variable the value came from."""
        made = super().__new__(cls, value)
        made.variable = variable
        return made


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        both[key] = _merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return both


def _plain(value: Any) -> Any:  # noqa: ANN401 - Invoke's proxies hold anything
    """Return Invoke's proxied mappings as ordinary ones."""
    if isinstance(value, Mapping) or hasattr(value, "keys"):
        return {key: _plain(value[key]) for key in value.keys()}  # noqa: SIM118 - a proxy iterates over attributes
    return value


# --- the reader -----------------------------------------------------------------------------------


def read(kind: type[_T], given: Mapping[str, Any], path: str, problems: list[str]) -> _T:
    """Return *given* as an object of the dataclass *kind*; what is wrong is added to *problems*.

    A wrong value leaves its default in place, so that the rest can be checked in the same run.
    """
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.name not in _FOUND]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in given.items():
        where = f"{path}.{key}"
        if key not in names:
            problems.append(f"{_said(value, where)}: no such setting, {perhaps(str(key), names)}")
            continue
        try:
            values[key] = _value(hints[key], value, where, problems)
        except ValueError as error:
            problems.append(f"{_said(value, where)}: {error}")
    return kind(**values)


def _said(value: object, where: str) -> str:
    return f"{where} (from {value.variable})" if isinstance(value, FromEnvironment) else where


def _value(hint: Any, value: Any, where: str, problems: list[str]) -> Any:  # noqa: ANN401 - any type of field
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:  # only "T | None" is used: None is the default and cannot be written in TOML
        return _value(arguments[0], value, where, problems)
    if dataclasses.is_dataclass(hint) and not hasattr(hint, "parse"):
        return read(typing.cast("type[Any]", hint), _mapping(value), where, problems)
    if origin is tuple:
        return tuple(_members(arguments[0], {f"{where}[{i}]": one for i, one in enumerate(_list(value))}, problems).values())
    if origin is Mapping:
        members = {f"{where}.{key}": member for key, member in _mapping(value).items()}
        return {place.removeprefix(f"{where}."): one for place, one in _members(arguments[1], members, problems).items()}
    return _scalar(hint, value)


def _members(kind: Any, members: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return those of *members*, by their place, that are right; what is wrong with the others is added to *problems*."""
    found = {}
    for where, member in members.items():
        try:
            found[where] = _value(kind, member, where, problems)
        except ValueError as error:
            problems.append(f"{_said(member, where)}: {error}")
    return found


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - as above
    if isinstance(value, FromEnvironment):
        return [FromEnvironment(part.strip(), value.variable) for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return list(value)
    msg = f"want a list, got {value!r}"
    raise ValueError(msg)


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    if isinstance(value, Mapping):
        return value
    msg = f"want a table, got {value!r}"
    raise ValueError(msg)


_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _scalar(kind: Any, value: Any) -> Any:  # noqa: ANN401 - as above
    if hasattr(kind, "parse"):
        return value if isinstance(value, kind) else kind.parse(_scalar(str, value))
    if kind is str and isinstance(value, str):
        return str(value)
    if isinstance(value, FromEnvironment):
        return _counted(_from_word(kind, value), value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _counted(float(value), value)
    if type(value) is kind:
        return _counted(value, value)
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    msg = f"want {names[kind]}, got {value!r}"
    raise ValueError(msg)


def _counted(number: Any, value: object) -> Any:  # noqa: ANN401 - as above
    """Return *number*, or raise ValueError for one that no setting takes; TOML also has inf and nan."""
    if isinstance(number, int | float) and not 0 <= number < math.inf:
        msg = f"want a number of at least 0, got {value!r}"
        raise ValueError(msg)
    return number


def _from_word(kind: type, value: str) -> Any:  # noqa: ANN401 - as above
    if kind is bool:
        if value.lower() in _WORDS:
            return _WORDS[value.lower()]
        msg = f"want true or false, got {value!r}"
        raise ValueError(msg)
    try:
        return kind(value)
    except ValueError:
        msg = f"want a number, got {value!r}"
        raise ValueError(msg) from None


def reference(kind: Any = Settings, path: str = "") -> list[tuple[str, str, str, str]]:  # noqa: ANN401 - a dataclass
    """Return (path, type, default, sentence) of every setting, for the documentation."""
    hints = typing.get_type_hints(kind)
    rows: list[tuple[str, str, str, str]] = []
    for field in dataclasses.fields(kind):
        if field.name in _FOUND:
            continue
        hint, where = hints[field.name], f"{path}{field.name}"
        if dataclasses.is_dataclass(hint) and not hasattr(hint, "parse"):
            rows += reference(hint, f"{where}.")
        elif typing.get_origin(hint) is Mapping and dataclasses.is_dataclass(typing.get_args(hint)[1]):
            rows += reference(typing.get_args(hint)[1], f"{where}.<id>.")
        else:
            rows.append(
                (where, _type_name(hint), _shown({} if field.default is MISSING else field.default), field.metadata["doc"])
            )
    return rows


def _type_name(hint: Any) -> str:  # noqa: ANN401 - as above
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return _type_name(arguments[0])
    if origin is tuple:
        return f"list of {_type_name(arguments[0])}"
    if origin is Mapping:
        return f"table of {_type_name(arguments[1])}"
    names = {str: "text", bool: "true or false", int: "whole number", float: "number"}
    return str(names.get(hint, hint.__name__.lower()))


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{member}"' for member in default) + "]"
    if isinstance(default, Mapping):
        return "{}"
    if default is None:
        return "unset"
    return str(default).lower() if isinstance(default, bool) else f'"{default}"' if isinstance(default, str) else str(default)
