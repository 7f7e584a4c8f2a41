"""The folders of output: what is removed when, and what a killed run leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.edge import settings_of
from tsdbtasks.runner import Completed, Runner
from tsdbtasks.tools import archives, builds, outputs, packages, work

if TYPE_CHECKING:
    from tests.conftest import MakeRepository

_TWO = [Platform("linux", "amd64"), Platform("windows", "amd64")]


def test_the_lock_is_removed_last_and_what_vanished_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = tmp_path / "dist/reports"
    with outputs.held(Runner(), tmp_path / "dist"):
        reports.mkdir()
        for name in ("a.json", "b.json", "c.json"):
            (reports / name).touch()
    removed: list[tuple[str, bool]] = []
    unlink = Path.unlink

    def noted(path: Path, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - pathlib's own signature
        removed.append((path.name, (tmp_path / "dist/.lock").exists()))
        if path.name == "a.json":
            unlink(reports / "b.json")  # as whoever it belongs to may do
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", noted)

    outputs.clean(Runner(), tmp_path)

    assert [name for name, locked in removed if not locked] == []
    assert removed[-1][0] == ".lock"
    assert not (tmp_path / "dist").exists()


def test_what_a_killed_run_left_half_written_is_removed_but_for_a_report_in_work(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    for name in ("demo_linux_amd64/.part-1-demo", ".part-2", "reports/.part-3", "mine.part-4"):
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).touch()

    with outputs.held(Runner(), dist):
        left = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}

    assert left == {"reports/.part-3", "mine.part-4", ".gitignore", ".lock"}


class _Watched(Runner):
    """Runs programs, keeps what go build was to write, and is stopped when it comes to Windows."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Path] = []

    def act(self, argv: Any, **options: Any) -> Completed:  # noqa: ANN401 - passed on as they are
        self.written.append(Path(argv[argv.index("-o") + 1]))
        if options["env"]["GOOS"] == "windows":
            raise KeyboardInterrupt
        return super().act(argv, **options)


def test_a_stopped_build_keeps_what_it_has_finished(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3")
    dist = repository.path / "dist"

    with pytest.raises(KeyboardInterrupt):
        builds.build(work.look(_Watched(), settings_of(repository.context()), "", {}), _TWO, dist, jobs=1)

    made = outputs.load(dist)
    assert made is not None
    assert made.outputs == ("demo_linux_amd64/demo",)


def test_no_two_runs_build_into_the_same_file(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3")
    runner = _Watched()
    asked = work.look(runner, settings_of(repository.context()), "", {})

    for _ in range(2):
        builds.build(asked, _TWO[:1], repository.path / "dist")
        (repository.path / "dist/manifest.json").unlink()

    first, second = runner.written
    assert first != second
    assert {path.name[:6] for path in runner.written} == {".part-"}


def test_stopped_packing_keeps_what_it_has_finished(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = make_repository(tag="v1.2.3")
    dist = repository.path / "dist"
    asked = work.look(Runner(), settings_of(repository.context()), "", {})
    built = builds.build(asked, _TWO, dist)
    write = archives.write

    def stopped(path: Path, members: Any, moment: int) -> archives.Written:  # noqa: ANN401 - passed on as they are
        if path.suffix == ".zip":
            raise KeyboardInterrupt
        return write(path, members, moment)

    monkeypatch.setattr(archives, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        packages.package(asked, built.manifest, dist, jobs=1)
    monkeypatch.undo()

    kept = outputs.load(dist)
    assert kept is not None
    again = packages.package(asked, kept, dist)
    assert again.unchanged == ("demo_1.2.3_linux_amd64.tar.gz",)
    assert (dist / "SHA256SUMS").read_text().count("\n") == 4
