"""Cases for comparing bench-table with benchstat, made from seeds.

Run as a program, it asks the real benchstat and writes what it answers:
``python tests/tasks/benchstat_cases.py tests/golden/benchstat.zip``.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

COUNT = 320

_NAMES = (
    "Parse", "Write", "Parse/size=4k", "Parse/size=1MiB", "Parse/size=16", "Write/mode=sync/size=4k",
    "Write/mode=async/size=16",
    "HTTP/ingest", "Größe/µs=ä", "日本語/キー=値", "Q/name=a,b", 'Q/say="x"', "Mem/x=1e3/y=0x10", "Scan-heavy/shard=2",
    "A|B/<script>", "Tick`s/size=2k", "X/size=10", "X/size=9",
)  # fmt: skip
_UNITS = (
    ("ns/op", 1e4), ("B/op", 4096.0), ("allocs/op", 12.0), ("MB/s", 310.0), ("p99-ns", 5e6), ("points/s", 2e5),
    ("disk-B/op", 1e7),
    ("widgets", 3.0), ("MB", 2.5), ("ns/GC", 1e3), ("µs/op", 40.0), ("ns*MB/op", 7.0),
)  # fmt: skip
_SETTINGS = (
    ("goos", ("linux", "darwin")), ("goarch", ("amd64",)), ("pkg", ("example.com/a", "example.com/b")),
    ("cpu", ("Fast CPU @ 3GHz",)),
    ("note", ("first", "second", "drei µ")), ("commit", ("abc", "def")), ("tag", ("1k", "900", "2Ki", "x")),
)  # fmt: skip
_NOISE = (
    "PASS", "ok  \texample.com/a\t1.2s", "some log: not a key", "BenchmarkBad", "BenchmarkBad 12",
    "BenchmarkBad x 12 ns/op",
    "BenchmarkBad 1 12", "BenchmarkBad 1 zz ns/op", "BenchmarkBad 99999999999999999999 1 ns/op",
    "BenchmarkBad 1 1e999 ns/op",
    "Unit", "Unit ns/op", "Unit ns/op better", "Unit widgets better=higher", "Unit widgets better=lower",
    "Unit B/op assume=exact",
    "Unit allocs/op assume=exact better=lower", "Unit ns/op assume=nothing", "note:", "note:\tlast", "key:novalue",
    "Key: value", "",
    "--- FAIL: BenchmarkParse", "\ufeffgoos: linux", "größe: 3", "a b: c", "\tBenchmarkParse 1 2 ns/op",
    "Benchmark\u00a01 2 ns/op",
    "BenchmarkU\u2003 7 3.5\u00a0ns/op", "note: trailing  ", "cpu:", "BenchmarkParse\t\t 5 1_000 ns/op",
    "BenchmarkParse 5 0x1p4 ns/op",
)  # fmt: skip
_TABLES = (
    ".config",
    "goos",
    "",
    "pkg",
    "note,goos",
    "commit@alpha",
    ".config@alpha",
    "/size",
    ".name",
    "tag@num",
    "goos,.config",
    "pkg note",
)
_ROWS = (
    ".fullname",
    ".name",
    "/size",
    "/size@num",
    ".fullname@alpha",
    ".name,/size",
    "/mode,/size@num",
    "pkg,.fullname",
    "/gomaxprocs",
    "",
)
_COLS = (
    ".file",
    "note",
    "/size",
    ".file,/size",
    "commit",
    "pkg",
    "/mode@(sync async)",
    "note@alpha,goos",
    ".config",
    "tag@num",
    ".file@alpha",
)
_IGNORES = ("", "", "", "note", "pkg,note", "commit", ".fullname", ".config", "/size", ".name")
_FILTERS = (
    "*", "*", "*", "*", ".unit:ns/op", ".unit:sec/op", "-.unit:B/op", ".name:Parse", ".name:/^P/", "/size:(4k OR 16)",
    "pkg:example.com/a",
    "goos:linux AND .name:Parse", "goos:linux OR note:first", "-(note:first .unit:/op$/)", ".fullname:/size=[0-9]+k/",
    ".file:/old/",
    '"note":"drei µ"', ".unit:(ns/op OR B/op)", "-*", "/gomaxprocs:8", ".unit:/^[[:alpha:]]+$/ OR .name:Write",
    'missing:""',
    "-.unit:sec/op -.unit:B/s", "note:(first OR /^s/)", "(.name:Parse OR .name:Write) -/size:16",
)  # fmt: skip
_BAD = (
    ("-filter", "a:/b"), ("-filter", ""), ("-filter", "(a:b"), ("-filter", "a:b)"), ("-filter", "x"),
    ("-filter", "a:(b c)"),
    ("-filter", ".config:x"), ("-row", ".unit"), ("-row", "a,,b"), ("-col", "a@"), ("-col", "a@(b"),
    ("-col", "a@()"), ("-row", "a@foo"),
    ("-table", ".config@(a)"), ("-alpha", "1.5"), ("-confidence", "-1"), ("-filter", 'a:"b'), ("-filter", "größe µ"),
    ("-filter", "a:/(/"),
    ("-row", '""'), ("-filter", '"":x'), ("-filter", "a:/b/c"), ("-filter", "AND"), ("-filter", "-"), ("-filter", "a:@"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Arguments as benchstat takes them, and the files that they name."""

    args: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]


def case(seed: int) -> Case:
    """Return the case of *seed*."""
    return _Maker(seed).case()


def bad() -> list[Case]:
    """Return cases of options that cannot be read."""
    files = (("old.txt", b"BenchmarkX 1 2 ns/op\n"),)
    return [Case((option, value, "old.txt"), files) for option, value in _BAD]


class _Dice:
    """Chance from ``random()`` alone, the only method that gives the same numbers in every version of Python."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random  # noqa: S311 - cases, no secrets

    def randint(self, low: int, high: int) -> int:
        return low + int(self.random() * (high - low + 1))

    def choice(self, values: Sequence[T]) -> T:
        return values[int(self.random() * len(values))]

    def shuffle(self, values: list[T]) -> None:
        for at in range(len(values) - 1, 0, -1):
            other = self.randint(0, at)
            values[at], values[other] = values[other], values[at]

    def sample(self, values: Sequence[T], count: int) -> list[T]:
        shuffled = list(values)
        self.shuffle(shuffled)
        return shuffled[:count]

    def noise(self, deviation: float) -> float:
        return (sum(self.random() for _ in range(12)) - 6) * deviation


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = _Dice(seed)
        self.names = self.random.sample(_NAMES, self.random.randint(1, 6))
        self.units = self.random.sample(_UNITS, self.random.choice((1, 1, 2, 3, 4)))
        self.count = self.random.choice((1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 20, 27, 33, 55))
        self.ties = self.random.choice((0.0, 0.0, 0.3, 1.0))
        self.scale = 10.0 ** self.random.choice((0, 0, 0, 0, -9, -4, 3, 9, 30, -30))
        self.plain = self.random.random() < 0.4

    def case(self) -> Case:
        names = self.random.choice(
            (("old.txt", "new.txt"), ("old.txt",), ("old.txt", "new.txt", "third.txt"), ("a/old.txt", "ä.txt"))
        )
        files = tuple((name, self._file(1 + 0.07 * at)) for at, name in enumerate(names))
        shown = [f"label {at}={name}" if self.random.random() < 0.1 else name for at, name in enumerate(names)]
        if self.random.random() < 0.05:
            shown.append(names[0])
        return Case((*self._options(), *shown), files)

    def _options(self) -> list[str]:
        options: list[str] = []
        for name, values, chance in (
            ("-table", _TABLES, 0.3), ("-row", _ROWS, 0.35), ("-col", _COLS, 0.4), ("-ignore", _IGNORES, 0.4),
            ("-filter", _FILTERS, 0.5),
            ("-alpha", ("0.01", "0.1", "0", "1", "0.2"), 0.2),
            ("-confidence", ("0.5", "0.99", "0", "1", "0.8", "0.999"), 0.25),
        ):  # fmt: skip
            if self.random.random() < (chance / 4 if self.plain else chance):
                options += [name, self.random.choice(values)]
        return options

    def _file(self, shift: float) -> bytes:
        lines = [f"{key}: {self.random.choice(values)}" for key, values in _SETTINGS[: self.random.randint(0, 4)]]
        for _ in range(self.random.choice((1, 1, 2, 3))):
            lines += self._package(shift)
        end = self.random.choice(("\n", "\n", "\r\n"))
        text = end.join(lines) + (end if self.random.random() < 0.9 else "")
        data = text.encode()
        return data.replace("é".encode(), b"\xff")

    def _package(self, shift: float) -> list[str]:
        lines = [f"{key}: {self.random.choice(values)}" for key, values in _SETTINGS if self.random.random() < 0.25]
        results = [
            self._result(name, shift) for name in self.names for _ in range(self._samples()) if self.random.random() < 0.97
        ]
        if self.random.random() < 0.5:
            self.random.shuffle(results)
        if not self.plain:
            for _ in range(self.random.randint(0, 5)):
                results.insert(self.random.randint(0, len(results)), self._noise())
        return lines + results

    def _samples(self) -> int:
        if self.random.random() < 0.1:
            return 0
        return self.count if self.random.random() < 0.8 else self.random.randint(1, self.count + 3)

    def _noise(self) -> str:
        if self.random.random() < 0.3:
            key, values = self.random.choice(_SETTINGS)
            return f"{key}: {self.random.choice(values)}"
        return self.random.choice(_NOISE)

    def _result(self, name: str, shift: float) -> str:
        procs = self.random.choice(("-8", "-8", "-8", "", "-16")) if not self.plain else "-8"
        values = "".join(f"\t{self._value(level * shift)} {unit}" for unit, level in self._units())
        return f"Benchmark{name}{procs} \t{self.random.randint(1, 10**7):8d}{values}"

    def _units(self) -> list[tuple[str, float]]:
        units = list(self.units)
        if not self.plain and self.random.random() < 0.05:
            units = units[:-1] or units
        if not self.plain and self.random.random() < 0.03:
            units.append(units[0])
        return units

    def _value(self, level: float) -> str:
        odd = self.random.random()
        if not self.plain and odd < 0.01:
            return self.random.choice(("0", "-3", "+Inf", "0.0", "-1.5e3", "1e-300", "123456789012345678901"))
        if self.random.random() < self.ties:
            return f"{level * self.scale:.2g}"
        value = level * self.scale * (1 + self.random.noise(0.03))
        return (
            self.random.choice(("{:10.1f}", "{:.2f}", "{:.4g}", "{:.0f}", "{!r}")).format(value)
            if value > 0.1
            else f"{value:.3g}"
        )


def answer(one: Case, folder: Path, program: str) -> tuple[bytes, bytes]:
    """Return what *program* answers to a case, on both streams."""
    for name, data in one.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    done = subprocess.run([program, *one.args], cwd=folder, capture_output=True, check=True, timeout=60)
    return done.stdout, done.stderr


def main(target: str) -> None:
    """Ask benchstat all cases, as text and as CSV, and keep the answers."""
    program = shutil.which("benchstat") or sys.exit("benchstat is not installed")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        answers = []
        for seed in range(COUNT):
            one = case(seed)
            for form in ("text", "csv"):
                asked = Case(("-format", form, *one.args), one.files)
                out, err = answer(asked, Path(folder), program)
                answers.append({"seed": seed, "format": form, "out": _text(out), "err": _text(err)})
        refused = [_text(answer(one, Path(folder), program)[1]) for one in bad()]
        info = zipfile.ZipInfo("answers.json")
        archive.writestr(info, json.dumps({"answers": answers, "refused": refused}, indent=0), zipfile.ZIP_LZMA)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main(sys.argv[1])
