"""The example database, as a user gets it: out of its archive, started, killed, and started again."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples/timeseriesdb"
#: Times that the server is killed here; its own tests have a variable for more.
ROUNDS = 5
_ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not _ARCH, reason="the archive of this system is not a configured platform's"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the packed archive for this machine, built from a repository that has only the example in it."""
    repository = Repository(tmp_path_factory.mktemp("example") / "timeseriesdb")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=EXAMPLE, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name:
            (repository.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(EXAMPLE / name, repository.path / name)
    repository.write({"tasks.py": "import tsdbtasks\n\nns = tsdbtasks.collection()\n"})
    repository.git("init", "--quiet", ".")
    repository.commit("all")
    repository.git("tag", "v1.2.3")

    done = repository.inv("build-all", "--only", f"linux_{_ARCH}", "package")

    assert done.code == 0, done.err
    assert repository.status == ""
    return repository.path / f"dist/timeseriesdb_1.2.3_linux_{_ARCH}.tar.gz"


@pytest.fixture(scope="module")
def program(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program as it comes out of the archive."""
    place = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    return place / f"timeseriesdb_1.2.3_linux_{_ARCH}/timeseriesdb"


@contextlib.contextmanager
def _served(program: Path, data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a running server and its address, which it logs once it listens."""
    server = subprocess.Popen(
        [str(program), "--listen", "127.0.0.1:0", "--data-dir", str(data)], stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        line = next(line for line in server.stderr if "listening addr=" in line)
        yield server, f"http://{line.split('addr=')[1].split()[0]}"
    finally:
        server.kill()
        server.communicate()


def _write(address: str, number: int) -> bool:
    """Write one point, and say whether the server acknowledged it."""
    request = urllib.request.Request(f"{address}/write", f"m,w=x v={number}i {number}".encode(), method="POST")  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return bool(answer.status == 204)
    except urllib.error.HTTPError as refused:
        refused.close()
        return False
    except OSError:
        return False


def test_the_archive_holds_what_users_need(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = {member.name.split("/", 1)[1] for member in packed}

    assert names == {"timeseriesdb", "LICENSE", "README.md", "CHANGELOG.md"}


def test_the_program_prints_the_tag_and_exits(program: Path) -> None:
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, timeout=20)

    assert done.returncode == 0
    assert done.stdout.split()[:2] == ["timeseriesdb", "v1.2.3"]


class _Writers:
    """Four writers at once, who remember what was acknowledged and stop when the server does."""

    def __init__(self, address: str, first: int) -> None:
        self.acknowledged: set[int] = set()
        self.enough = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(address, first + index * 100_000)) for index in range(4)]
        for thread in self._threads:
            thread.start()

    def _write(self, address: str, first: int) -> None:
        for number in range(first, first + 100_000):
            if not _write(address, number):
                return
            self.acknowledged.add(number)
            if number - first >= 20:
                self.enough.set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def test_every_acknowledged_point_survives_kill_9(program: Path, tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    for turn in range(ROUNDS):
        with _served(program, tmp_path / "data") as (server, address):
            writers = _Writers(address, turn * 1_000_000 + 1)
            assert writers.enough.wait(30)
            server.send_signal(signal.SIGKILL)
            writers.join()
            acknowledged |= writers.acknowledged

    with _served(program, tmp_path / "data") as (_, address):
        url = f"{address}/query?measurement=m"
        answer = urllib.request.urlopen(url, timeout=30)  # noqa: S310 - loopback
        with answer:
            found = json.load(answer)

    stored = _integers(found)
    assert len(acknowledged) >= ROUNDS * 20
    assert acknowledged <= stored


def _integers(found: object) -> set[int]:
    """Return every integer in an answer; the time of each point is one."""
    if isinstance(found, dict):
        return {one for value in found.values() for one in _integers(value)}
    if isinstance(found, list):
        return {one for value in found for one in _integers(value)}
    return {found} if isinstance(found, int) and not isinstance(found, bool) else set()


def test_sigterm_ends_it_well(program: Path, tmp_path: Path) -> None:
    with _served(program, tmp_path / "data") as (server, address):
        assert _write(address, 7)
        server.send_signal(signal.SIGTERM)

        assert server.wait(30) == 0
