"""Notes and progress on stderr, and the log format of GitHub Actions."""

from __future__ import annotations

import pytest

from tsdbtasks.tools import console


def test_a_note_goes_to_stderr_and_steers_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    console.note("one\n\x1b[31mtwo")

    assert capfd.readouterr() == ("", "one\n\\x1b[31mtwo\n")


def test_a_shell_gets_plain_lines(capfd: pytest.CaptureFixture[str]) -> None:
    console.warning("careful")
    console.error("the end of the program says it")
    with console.group("title"):
        console.note("inside")

    assert capfd.readouterr().err == "warning: careful\n== title\ninside\n"


def test_github_gets_annotations_and_groups_that_no_text_can_forge(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    console.warning("100%\n::error::forged")
    console.error("bad")
    with console.group("ti\rtle"):
        console.note("inside")

    assert capfd.readouterr().err == (
        "::warning::100%25%0A::error::forged\n::error::bad\n::group::ti%0Dtle\ninside\n::endgroup::\n"
    )


def test_a_note_cannot_give_github_a_command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    console.note("::add-mask::x\n  ::set-output name=x::y\n##[command]x")

    assert not [line for line in capfd.readouterr().err.splitlines() if line.lstrip().startswith(("::", "##["))]


@pytest.mark.parametrize(
    ("value", "is_ci"), [("true", True), ("1", True), ("True", True), ("", False), ("false", False), ("0", False)]
)
def test_ci_is_what_says_so(monkeypatch: pytest.MonkeyPatch, value: str, is_ci: bool) -> None:  # noqa: FBT001 - a table's column
    monkeypatch.setenv("CI", value)

    assert console.in_ci() is is_ci


def test_progress_is_a_line_for_each_thing_as_it_ends(capfd: pytest.CaptureFixture[str]) -> None:
    progress = console.Progress(2, "building")
    progress.start("a")
    progress.start("b")
    progress.end("b", "failed")
    progress.end("a", "built")
    progress.close()

    lines = capfd.readouterr().err.splitlines()
    assert [line.rpartition(",")[0] for line in lines] == ["[1/2] b failed", "[2/2] a built"]
