"""The example database as a repository of its own, and what is built from it.

Everybody gets the same commit, the flags that tsdbtasks itself built with (its manifest says them), and the same
files to pack, so that what is compared is equal work; :func:`compared` then looks into the archives.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.harness import FailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TASKS = "import tsdbtasks\n\nns = tsdbtasks.collection()\n"
#: What any of the programs leaves in its copy; a commit would make the copies differ.
_EXCLUDED = "dist/\nbin/\n__pycache__/\n"


def repository(source: Path, folder: Path, environ: Mapping[str, str]) -> None:
    """Make *folder* a git repository with one commit that holds the files of *source*."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("dist", "bin", "__pycache__", ".git"))
    if not (folder / "tasks.py").exists():
        (folder / "tasks.py").write_text(_TASKS, "utf-8")
    git(folder, environ, "init", "--quiet", "--initial-branch=main", "--template=", ".")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "exclude").write_text(_EXCLUDED, "utf-8")
    git(folder, environ, "config", "user.name", "Benchmark")
    git(folder, environ, "config", "user.email", "benchmark@example.com")
    # Without a remote goreleaser sees no tag either. Nobody fetches from it.
    git(folder, environ, "remote", "add", "origin", "https://example.com/example.git")
    git(folder, environ, "add", ".")
    git(folder, environ, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", "The example")


def git(folder: Path, environ: Mapping[str, str], *arguments: str) -> str:
    """Run git in *folder*, and return what it says."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"git {' '.join(arguments)} exited with {done.returncode}\n{done.stderr}"
        raise FailedError(message)
    return done.stdout


def retag(folder: Path, environ: Mapping[str, str], version: str) -> None:
    """Make ``v<version>`` the only tag: tsdbtasks builds with one tag too, and Go stamps the tags it finds."""
    for tag in git(folder, environ, "tag").split():
        git(folder, environ, "tag", "--delete", tag)
    git(folder, environ, "tag", f"v{version}")


def tagged(folder: Path, environ: Mapping[str, str]) -> str:
    """Return the version that :func:`retag` gave the repository."""
    return git(folder, environ, "tag").strip().removeprefix("v")


@dataclass(frozen=True)
class Target:
    """One program for one platform, as tsdbtasks built and packed it; ``{version}`` stands for the version."""

    platform: str
    program: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    binary: str
    archive: str
    files: tuple[str, ...]


def targets(manifest: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return the targets in a manifest of tsdbtasks; each has one program and one archive, or it is a ValueError."""
    version = str(manifest["inputs"]["version"]).removeprefix("v")
    return tuple(_target(one, version) for one in manifest["targets"].values())


def _target(said: Mapping[str, Any], version: str) -> Target:
    [binary] = said["binaries"]
    [archive] = said["archives"]
    inside = [name.partition("/")[2] for name in archive["files"]]
    exe = binary["path"].rpartition("/")[2]
    return Target(
        platform=said["platform"],
        program=binary["name"],
        argv=tuple(word.replace(f"=v{version} ", "=v{version} ") for word in binary["argv"]),
        env=binary["env"],
        binary=binary["path"],
        archive=archive["path"].replace(f"_{version}_", "_{version}_"),
        files=tuple(name for name in inside if name != exe),
    )


def script_recipe(made: Sequence[Target], go: str, jobs: int) -> dict[str, Any]:
    """Return what the bare script reads."""
    return {"jobs": jobs, "targets": [_script_target(one, go) for one in made]}


def _script_target(one: Target, go: str) -> dict[str, Any]:
    out = f"dist/{one.binary}"
    base = one.archive.removesuffix(".zip").removesuffix(".tar.gz")
    members = {f"{base}/{name}": name for name in one.files} | {f"{base}/{one.binary.rpartition('/')[2]}": out}
    return {
        "argv": [go, *one.argv[:-1], "-o", out, one.argv[-1]],
        "env": one.env,
        "out": out,
        "archive": f"dist/{one.archive}",
        "members": members,
    }


def goreleaser_config(made: Sequence[Target]) -> dict[str, Any]:
    """Return goreleaser's configuration for the same work; JSON is YAML, so it can be written as it is."""
    first = made[0]
    ldflags = [word.removeprefix("-ldflags=") for word in first.argv if word.startswith("-ldflags=")]
    common = {name: value for name, value in first.env.items() if all(one.env.get(name) == value for one in made)}
    return {
        "version": 2,
        "project_name": re.split(r"_\{version\}_", first.archive)[0],
        "builds": [
            {
                "main": first.argv[-1],
                "binary": first.program,
                "env": [f"{name}={value}" for name, value in common.items()],
                "flags": [word for word in first.argv[1:-1] if not word.startswith("-ldflags=")],
                "ldflags": [word.replace("{version}", "{{ .Version }}") for word in ldflags],
                "targets": [one.platform for one in made],
            }
        ],
        "archives": [
            {
                "formats": ["tar.gz"],
                "format_overrides": [{"goos": "windows", "formats": ["zip"]}],
                "name_template": "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}",
                "wrap_in_directory": True,
                # An empty list would mean goreleaser's own.
                "files": list(first.files) or ["no-such-file*"],
            }
        ],
        "checksum": {"name_template": "SHA256SUMS", "algorithm": "sha256"},
        "snapshot": {"version_template": "{{ .Version }}"},
        "changelog": {"disable": True},
    }


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest that tsdbtasks left in *folder*."""
    read: dict[str, Any] = json.loads((folder / "dist" / "manifest.json").read_text("utf-8"))
    return read


def contents(dist: Path) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of every file in every archive of *dist*, by archive and by the file's name in it."""
    return {
        path.name: _members(path) for path in sorted(dist.iterdir()) if path.suffix == ".zip" or path.name.endswith(".tar.gz")
    }


def _members(path: Path) -> dict[str, str]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {one.filename: _sha256(archive.read(one)) for one in archive.infolist() if not one.is_dir()}
    with tarfile.open(path) as tar:
        return {one.name: _sha256(file.read()) for one in tar if (file := tar.extractfile(one)) is not None}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compared(ours: Path, peer: Path, name: str) -> str:
    """Say how the archives in two folders compare; FailedError unless both hold files of the same names."""
    here, there = contents(ours), contents(peer)
    if {key: set(value) for key, value in here.items()} != {key: set(value) for key, value in there.items()}:
        message = f"{name} packed other files than tsdbtasks:\n{_names(there)}\ninstead of\n{_names(here)}"
        raise FailedError(message)
    if not here:
        message = "neither side made an archive"
        raise FailedError(message)
    files = [(archive, member) for archive, members in here.items() for member in members]
    same = sum(here[archive][member] == there[archive][member] for archive, member in files)
    return (
        f"Checked against {name}: {len(here)} archives with the same {len(files)} files, {same} of them byte for byte; "
        f"{_bytes(ours, here):,} bytes in ours, {_bytes(peer, there):,} in the other's."
    )


def _names(found: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(f"  {archive}: {', '.join(sorted(members))}" for archive, members in found.items())


def _bytes(dist: Path, found: Mapping[str, object]) -> int:
    return sum((dist / name).stat().st_size for name in found)
