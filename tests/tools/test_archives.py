"""Archives: the same bytes for the same files, and nothing trusted that comes from elsewhere."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.errors import UsageError
from tsdbtasks.tools import archives
from tsdbtasks.tools.archives import Packed
from tsdbtasks.tools.packages import Memory

if TYPE_CHECKING:
    import io
    from pathlib import Path

_MOMENT = 1_714_979_288  # 2024-05-06T07:08:08Z; zip counts in steps of two seconds


def _members() -> list[Packed]:
    return [
        Packed("demo/demo", executable=True, data=Memory(b"program" * 10_000)),
        Packed("demo/LICENSE", executable=False, data=Memory(b"free")),
        Packed("demo/größe " + "x" * 120, executable=False, data=Memory(b"")),
    ]


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_neither_order_umask_nor_name_changes_a_byte(tmp_path: Path, name: str) -> None:
    first = archives.write(tmp_path / name, _members(), _MOMENT)
    before = os.umask(0o077)
    try:
        second = archives.write(tmp_path / "sub" / f"other-{name}", _members()[::-1], _MOMENT)
    finally:
        os.umask(before)

    assert first == second
    assert (tmp_path / name).read_bytes() == (tmp_path / "sub" / f"other-{name}").read_bytes()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / name, tmp_path / "sub" / f"other-{name}")} == {0o644}


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_another_time_mode_or_byte_is_another_content(tmp_path: Path, name: str) -> None:
    def content(members: list[Packed], moment: int = _MOMENT) -> str:
        return archives.write(tmp_path / name, members, moment).content

    one = Packed("a", executable=False, data=Memory(b"x"))
    contents = [
        content([one]), content([one], _MOMENT + 60), content([Packed("a", executable=True, data=Memory(b"x"))]),
        content([Packed("a", executable=False, data=Memory(b"y"))]),
        content([Packed("b", executable=False, data=Memory(b"x"))]),
    ]  # fmt: skip

    assert len(set(contents)) == len(contents)


def test_a_tar_belongs_to_nobody_and_has_one_time(tmp_path: Path) -> None:
    archives.write(tmp_path / "x.tar.gz", _members(), _MOMENT)

    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        found = [(one.name, one.mode, one.uid, one.gid, one.uname, one.gname, one.mtime) for one in tar]
    assert found == [
        ("demo/LICENSE", 0o644, 0, 0, "", "", _MOMENT),
        ("demo/demo", 0o755, 0, 0, "", "", _MOMENT),
        ("demo/größe " + "x" * 120, 0o644, 0, 0, "", "", _MOMENT),
    ]
    assert (tmp_path / "x.tar.gz").read_bytes()[4:8] == bytes(4)  # gzip's own time


def test_a_zip_keeps_modes_and_has_one_time(tmp_path: Path) -> None:
    archives.write(tmp_path / "x.zip", _members(), _MOMENT)

    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        found = [(one.filename, one.external_attr >> 16, one.create_system, one.date_time) for one in archive.infolist()]
    time = (2024, 5, 6, 7, 8, 8)
    assert found[:2] == [("demo/LICENSE", 0o100644, 3, time), ("demo/demo", 0o100755, 3, time)]


def test_other_programs_read_what_we_write(tmp_path: Path) -> None:
    archives.write(tmp_path / "x.tar.gz", _members(), _MOMENT)
    archives.write(tmp_path / "x.zip", _members(), _MOMENT)

    listed = subprocess.run(["tar", "-tzf", tmp_path / "x.tar.gz"], capture_output=True, text=True, check=True).stdout
    tested = subprocess.run(["unzip", "-tq", tmp_path / "x.zip"], capture_output=True, text=True, check=False)

    assert listed.splitlines()[:2] == ["demo/LICENSE", "demo/demo"]
    assert (tested.returncode, "No errors detected" in tested.stdout) == (0, True)


def test_a_time_before_the_format_s_own_is_its_first(tmp_path: Path) -> None:
    archives.write(tmp_path / "x.zip", _members(), 0)

    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_two_files_of_one_name_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.zip would hold two files of one name: demo/demo"):
        archives.write(tmp_path / "x.zip", [*_members(), _members()[0]], _MOMENT)

    assert list(tmp_path.iterdir()) == []


class _Failing(Memory):
    """Bytes of a file that went away while it was read."""

    def open(self) -> io.BytesIO:
        raise FileNotFoundError(2, "No such file or directory", "demo")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_a_failure_in_the_middle_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    archives.write(tmp_path / name, _members(), _MOMENT)
    before = (tmp_path / name).read_bytes()

    with pytest.raises(FileNotFoundError):
        archives.write(tmp_path / name, [*_members(), Packed("z", executable=False, data=_Failing(b""))], _MOMENT)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_only_what_was_asked_for_is_taken_out(tmp_path: Path, name: str) -> None:
    archives.write(tmp_path / name, _members(), _MOMENT)

    archives.extract(tmp_path / name, {"demo/demo": tmp_path / "out" / "demo"})

    assert (tmp_path / "out/demo").read_bytes() == b"program" * 10_000
    assert {path.name for path in tmp_path.rglob("*")} == {name, "out", "demo"}


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_a_member_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    archives.write(tmp_path / name, _members(), _MOMENT)

    with pytest.raises(UsageError, match=r"has no file demo/other"):
        archives.extract(tmp_path / name, {"demo/other": tmp_path / "out"})


def _hostile_tar(path: Path, kind: bytes) -> None:
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("demo/demo")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_a_link_or_device_is_no_file(tmp_path: Path, kind: bytes) -> None:
    _hostile_tar(tmp_path / "x.tar.gz", kind)

    with pytest.raises(UsageError, match="has no file demo/demo"):
        archives.extract(tmp_path / "x.tar.gz", {"demo/demo": tmp_path / "out"})

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    archives.write(tmp_path / name, _members(), _MOMENT)
    monkeypatch.setattr(archives, "MAX_BYTES", 69_999)

    with pytest.raises(UsageError, match="unpacks to more than 69999 bytes"):
        archives.extract(tmp_path / name, {"demo/demo": tmp_path / "out"})

    assert not (tmp_path / "out").exists()


def _encrypted(whole: bytes) -> bytes:
    # The bit that says so stands in the local header and in the directory.
    one = bytearray(whole)
    one[6] |= 1
    one[whole.index(b"PK\x01\x02") + 8] |= 1
    return bytes(one)


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
@pytest.mark.parametrize("how", ["empty", "cut", "text", "encrypted"])
def test_a_broken_archive_is_refused_with_its_name(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / name
    archives.write(path, _members()[:1], _MOMENT)
    whole = path.read_bytes()
    broken = {
        "empty": b"", "cut": whole[: len(whole) // 2], "text": b"text" * 100,
        "encrypted": _encrypted(whole) if name == "x.zip" else whole[:20],
    }  # fmt: skip
    path.write_bytes(broken[how])

    with pytest.raises(UsageError, match=rf"{name} is no readable archive"):
        archives.extract(path, {"demo/demo": tmp_path / "out"})

    assert not (tmp_path / "out").exists()
