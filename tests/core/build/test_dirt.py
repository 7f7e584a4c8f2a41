"""Which untracked files a build reads."""

from __future__ import annotations

import pytest

from tsdbtasks.core.build.dirt import is_read, untracked


@pytest.mark.parametrize(
    "path", ["main.go", "a/b.go", "asm_amd64.s", "x.syso", "go.mod", "go.sum", "go.work", "vendor/a/b.go", "ö.go"]
)
def test_what_the_go_command_takes_from_a_folder_is_read(path: str) -> None:
    assert is_read(path)


@pytest.mark.parametrize(
    "path",
    [
        "notes.txt", "__pycache__/tasks.cpython-311.pyc", "_old/x.go", ".hidden/x.go", "testdata/x.go", "a/testdata/x.go",
        "_x.go", ".x.go", "x.go.orig", "Makefile",
    ],
)  # fmt: skip
def test_what_the_go_command_passes_over_is_not_read(path: str) -> None:
    assert not is_read(path)


def test_an_embedded_file_is_read_whatever_it_is_called() -> None:
    assert untracked(["notes.txt", "page.html", "x.go"], ["page.html", "tracked.html"]) == ["page.html", "x.go"]
