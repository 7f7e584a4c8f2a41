"""The documentation: every command in it is run, and it says of the code what the code says.

How a page is read: a fenced ``sh`` block is run; a ``text`` block after it is the output, all of it, where ``…``
stands for some of a line or, on a line of its own, for any lines. Any other block whose introduction ends in a colon
is written to the first file that the last sentence names. Every page but the tutorial starts in the tutorial's module,
at its tag.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from invoke.parser import Parser
from invoke.program import Program

import tsdbtasks
from tsdbtasks import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from invoke.collection import Collection

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
FRONT = [TOP / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES = [*FRONT, *sorted(DOCS.rglob("*.md"))]
TUTORIAL = DOCS / "tutorial.md"

_SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements/dev.txt"
    " && .venv/bin/pip install -q --no-deps --no-build-isolation -e . && "
)
README_TESTS = f"{_SET_UP}.venv/bin/nox -s tests"

#: Blocks that no test can run, and why not.
NOT_RUN = {
    f"{_SET_UP}.venv/bin/inv pipeline": "sets up a virtual environment from the network; CI runs it on a new machine",
    README_TESTS: "would run these tests inside of themselves; CI runs it",
    ".venv/bin/nox -s lint tests": "would run these tests inside of themselves; CI runs it",
    "python3 -m venv .venv\n. .venv/bin/activate\npip install '../tsdbtasks[go]'": "installs from the network",
    "sudo apt-get install gcc-aarch64-linux-gnu": "changes the machine",
}
#: Pages of which nothing is run, and why not.
NOT_RUN_PAGES = {"docs/performance.md": "its commands measure for minutes, and are true on a quiet machine only"}


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, its text, its line on the page, and the file that it is the content of, if any."""

    kind: str
    text: str
    line: int
    file: str


_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w./-]+(?:\.\w+|file))`")


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of *page*, in order."""
    text = page.read_text("utf-8")
    found = []
    for match in _FENCE.finditer(text):
        before = text[: match.start()].rstrip().rpartition("\n\n")[2]
        named = _FILE.search(re.split(r"\. |\n\n", before)[-1]) if before.endswith(":") else None
        kind = match[1]
        file = named[1] if named and kind not in {"sh", "text"} else ""
        found.append(Block(kind, match[2], text.count("\n", 0, match.start()) + 1, file))
    return found


def shown_as(line: str) -> str:
    """Return a line without what depends on widths of columns."""
    return re.sub(r"\s+", " ", line.strip())


def fits(shown: str, output: str) -> bool:
    """Say whether *output* is what the page shows."""
    parts = []
    for line in (shown_as(one) for one in shown.splitlines()):
        if line == "…":
            parts.append("(?:.*\n)*?")
        elif line:
            parts.append(re.escape(line).replace("…", ".*?") + "\n")
    said = "".join(f"{shown_as(line)}\n" for line in output.splitlines() if line.strip())
    return re.fullmatch("".join(parts), said) is not None


class Reader:
    """A user who reads a page and does all that it says, in a shell."""

    def __init__(self, page: Path, folder: Path) -> None:
        """Begin in *folder*."""
        self.page = page
        self.folder = folder
        self.output: str | None = None
        self._state = folder.parent / "folder.txt"
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": programs, "STATE": str(self._state)}

    def read(self) -> None:
        """Go through the page."""
        for block in blocks(self.page):
            where = f"{self.page.relative_to(TOP)}:{block.line}"
            if block.kind == "text":
                self._compare(block, where)
            elif block.kind == "sh":
                self.output = None if block.text.strip() in NOT_RUN else self._run(block, where)
            else:
                self.take(block)

    def take(self, block: Block) -> None:
        """Write the file that *block* shows."""
        if block.file:
            target = self.folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")

    def _run(self, block: Block, where: str) -> str:
        script = f'set -e\n{block.text}\npwd > "$STATE"\n'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        output = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, f"{where} ends with {done.returncode}:\n{block.text}\n{output}"
        self.folder = Path(self._state.read_text("utf-8").strip())
        return output

    def _compare(self, block: Block, where: str) -> None:
        assert self.output is not None, f"{where}: output of no command"
        assert fits(block.text, self.output), f"{where} shows\n{block.text}\nand the command says\n{self.output}"
        self.output = None


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """Give the tutorial's module, as it is where the tutorial sets the tag."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/hello\n\ngo 1.20\n")
    written = Reader(TUTORIAL, folder)
    for block in blocks(TUTORIAL):
        written.take(block)
    git(folder, "init", "--quiet", ".")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    git(folder, "tag", "v0.1.0")
    return folder


def name_of(page: Path) -> str:
    return page.relative_to(TOP).as_posix()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != TUTORIAL and name_of(page) not in NOT_RUN_PAGES], ids=name_of
)
def test_a_page_does_what_it_says(page: Path, start: Path) -> None:
    Reader(page, start).read()


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()

    Reader(TUTORIAL, folder).read()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_shows_without_running_it_can_be_read(page: Path) -> None:
    readers: Mapping[str, Any] = {
        "python": lambda text: compile(text, name_of(page), "exec"),
        "toml": tomllib.loads,
        "json": json.loads,
    }

    for block in blocks(page):
        readers.get(block.kind, str)(block.text)


@pytest.mark.parametrize("command", NOT_RUN)
def test_what_is_not_run_stands_on_a_page(command: str) -> None:
    assert any(command == block.text.strip() for page in PAGES for block in blocks(page))


def test_ci_runs_the_tests_as_the_readme_says() -> None:
    ci = (TOP / ".ci" / "run").read_text("utf-8").splitlines()

    assert README_TESTS in [block.text.strip() for block in blocks(TOP / "README.md")]
    assert README_TESTS in ci


# --- output ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "output", "same"),
    [
        ("a  b\n", "a b\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("…\nb\n", "a\nb\nc\n", False),
        ("a … c\n", "a b b c\n", True),
        ("a.c\n", "abc\n", False),
        ("", "a\n", False),
    ],
)
def test_shown_output_stands_for_all_of_it(shown: str, output: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    assert fits(shown, output) is same


# --- what the pages say of the code ----------------------------------------------------------------


@pytest.fixture(scope="module")
def everything() -> Collection:
    return tsdbtasks.collection()


def generator() -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    for name, text in generator().pages().items():
        assert (DOCS / name).read_text("utf-8") == text, f"docs/{name} is out of date: run python docs/generate.py"


def test_every_task_and_flag_is_in_the_reference(everything: Collection) -> None:
    text = (DOCS / "reference" / "tasks.md").read_text("utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}

    arguments = [(name, one) for name, task in everything.tasks.items() for one in task.get_arguments()]
    flags = {(name, one.names[0].upper() if one.positional else f"--{one.names[0]}") for name, one in arguments}
    missing = [
        f"{name} {flag}"
        for name, flag in sorted(flags)
        if flag != "--json" and not re.search(rf"`{flag}\b[^`]*`.* \| \w", sections.get(name, ""))
    ]

    assert sorted(sections) == sorted(everything.tasks)
    assert missing == []


def test_every_setting_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "settings.md").read_text("utf-8")

    missing = [
        path for path in paths(settings.Settings) if not re.search(rf"^\| `{re.escape(path)}` \| .* \| \w", text, re.MULTILINE)
    ]

    assert missing == []


def paths(kind: Any, prefix: str = "") -> Iterator[str]:  # noqa: ANN401 - a dataclass
    """Yield the path of every setting, read from the classes themselves."""
    for name, hint in typing.get_type_hints(kind).items():
        members = typing.get_args(hint)
        if name in {"folder", "file"}:
            continue
        if dataclasses.is_dataclass(hint) and not hasattr(hint, "parse"):
            yield from paths(hint, f"{prefix}{name}.")
        elif members and dataclasses.is_dataclass(members[-1]) and not hasattr(members[-1], "parse"):
            yield from paths(members[-1], f"{prefix}{name}.<id>.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("page", [page for page in PAGES if "reference" not in page.parts], ids=name_of)
def test_commands_in_a_sentence_have_tasks_and_flags_that_exist(page: Path, everything: Collection) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    said = [shlex.split(one)[1:] for one in re.findall(r"`(inv [^`…]+)`", text)]

    for words in said:
        # Raises ParseError where Invoke would refuse the command.
        Parser(contexts=everything.to_contexts(), initial=Program().initial_context).parse_argv(words)


def test_the_modules_that_the_structure_names_exist() -> None:
    text = _FENCE.sub("", (DOCS / "explanation" / "structure.md").read_text("utf-8"))
    named = [name for name in re.findall(r"`([\w/]+(?:\.py|/))`", text) if not name.startswith("dist/")]

    absent = [name for name in named if not any((place / name).exists() for place in (TOP / "tsdbtasks", TOP))]

    assert named
    assert absent == []


# --- links ------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of *page*."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    local = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]

    dead = []
    for link in local:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)

    assert dead == []


def test_the_readme_leads_to_every_page() -> None:
    text = (TOP / "README.md").read_text("utf-8")

    assert [name_of(page) for page in PAGES if page not in FRONT and f"({name_of(page)})" not in text] == []
