"""Files of ours: whole or not at all."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.tools import files

if TYPE_CHECKING:
    from pathlib import Path


class _StoppedError(Exception):
    """What ends a block in the middle."""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    files.write(tmp_path / "a" / "x", "old")
    files.write(tmp_path / "a" / "x", "new")

    assert (tmp_path / "a/x").read_text() == "new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["x"]


def test_what_ends_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    files.write(tmp_path / "x", "old")

    def stopped() -> None:
        with files.replacing(tmp_path / "x") as file:
            file.write(b"half")
            raise _StoppedError

    with pytest.raises(_StoppedError):
        stopped()

    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "old"


def test_an_output_folder_hides_itself_once_and_keeps_a_file_of_the_user(tmp_path: Path) -> None:
    files.output_folder(tmp_path / "dist")
    assert files.is_our_ignore_file(tmp_path / "dist/.gitignore")
    (tmp_path / "dist/.gitignore").write_text("mine\n")

    files.output_folder(tmp_path / "dist" / "reports", ignored_from=tmp_path / "dist")

    assert (tmp_path / "dist/.gitignore").read_text() == "mine\n"
    assert not files.is_our_ignore_file(tmp_path / "dist/.gitignore")
    assert not (tmp_path / "dist/reports/.gitignore").exists()


def test_a_scratch_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    with files.scratch() as folder:
        (folder / "cache").mkdir()
        (folder / "cache" / "file").write_text("x")
        (folder / "link").symlink_to(tmp_path)
        (folder / "cache" / "file").chmod(0o400)
        (folder / "cache").chmod(0o500)

    assert not folder.exists()
    assert tmp_path.exists()


def test_a_scratch_folder_goes_after_a_failure_too() -> None:
    with pytest.raises(_StoppedError), files.scratch() as folder:
        raise _StoppedError

    assert not folder.exists()


def test_who_waited_for_a_folder_that_was_cleaned_away_finds_it_made_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dist, inside, found = tmp_path / "dist", threading.Event(), []

    def second() -> None:
        with files.locked(dist, ".lock"):
            found.extend(sorted(path.name for path in dist.iterdir()))

    thread = threading.Thread(target=second)
    with files.locked(dist, ".lock"):
        thread.start()
        while "waiting: another run is writing to" not in capfd.readouterr().err:
            inside.wait(0.01)  # until the other one has said that it waits
        (dist / ".lock").unlink()
        (dist / ".gitignore").unlink()
        dist.rmdir()
    thread.join(10)

    assert found == [".gitignore", ".lock"]


@pytest.mark.parametrize(
    ("code", "advice"), [(errno.ENOSPC, "make room"), (errno.EROFS, "writable"), (errno.EACCES, "writable"), (errno.EIO, "")]
)
def test_advice_is_given_where_there_is_some(code: int, advice: str) -> None:
    said = files.advice(OSError(code, "x"))

    assert (advice in said) if advice else not said
