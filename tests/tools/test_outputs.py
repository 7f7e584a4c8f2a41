"""The folders of output: what is removed when, and what a killed run leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tsdbtasks.runner import Runner
from tsdbtasks.tools import outputs


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
