"""Writes the reference pages from the code, so that they cannot say anything else.

Run ``python docs/generate.py``; a test fails while a page differs from what this would write.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tsdbtasks
from tsdbtasks import errors, settings
from tsdbtasks.core.report import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invoke.parser.argument import Argument
    from invoke.tasks import Task

HERE = Path(__file__).parent
_MADE = "<!-- Made by docs/generate.py from the code; change it there. -->\n"


def pages() -> dict[str, str]:
    """Return the text of each reference page by its path below docs/."""
    return {
        "reference/tasks.md": "\n".join(_tasks()),
        "reference/settings.md": "\n".join(_settings()),
        "reference/results.md": "\n".join(_results()),
    }


def _tasks() -> Iterator[str]:
    yield f"# Tasks\n\n{_MADE}"
    yield "Every task takes `--json` and returns the value that it prints. Flags of `inv` itself work with all of them:"
    yield "`--dry` prints what would be done and changes nothing, `--echo` shows each program that is started.\n"
    tasks = tsdbtasks.collection().tasks
    for name in sorted(tasks):
        yield from _task(name, tasks[name])


def _task(name: str, task: Task[Any]) -> Iterator[str]:
    yield f"## {name}\n\n{inspect.cleandoc(task.__doc__ or '')}\n"
    arguments = [one for one in task.get_arguments() if one.name != "json"]
    if arguments:
        yield "| flag | meaning |\n|---|---|"
        yield from (f"| {_flag(one)} | {one.help or ''} |" for one in arguments)
        yield ""


def _flag(argument: Argument) -> str:
    if argument.positional:
        return f"`{(argument.name or '').upper()}`"
    value = "" if argument.kind is bool else "[=VALUE]" if argument.optional else " VALUE"
    names = sorted(argument.names, key=len, reverse=True)
    return ", ".join(f"`{'--' if len(name) > 1 else '-'}{name}{value}`" for name in names)


def _settings() -> Iterator[str]:
    yield f"# Settings\n\n{_MADE}"
    yield _SETTINGS
    yield "| setting | type | default | meaning |\n|---|---|---|---|"
    for path, kind, default, doc in settings.reference():
        yield f"| `{path}` | {kind} | {f'`{default}`' if default else ''} | {doc} |"
    yield ""


def _results() -> Iterator[str]:
    yield f"# Exit codes and reports\n\n{_MADE}"
    yield "| code | meaning | raised as |\n|---|---|---|"
    yield "| 0 | done, or nothing had to be done | |"
    for code in sorted(set(errors.SEVERITY) - {errors.GOOD}):
        kinds = [kind for kind in _kinds(errors.TsdbtasksError) if kind.code == code]
        meaning = " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n")[0] for kind in kinds if kind.code == code)
        yield f"| {code} | {meaning} | {', '.join(f'`{kind.__name__}`' for kind in kinds)} |"
    order = ", ".join(str(code) for code in errors.SEVERITY)
    yield f"\nWhere one run has several outcomes, the first of {order} counts. {_CODES}"
    yield "| field | meaning |\n|---|---|"
    for field, meaning in _FIELDS.items():
        yield f"| `{field}` | {meaning} |"
    yield ""


_SETTINGS = """\
They stand in `tsdbtasks.toml` beside go.mod, or under `[tool.tsdbtasks]` in pyproject.toml. Later wins: defaults, file,
`collection(settings=…)`, `invoke.yaml` (below `tsdbtasks:`), the environment, a flag. In the environment a setting is
`TSDBTASKS_` and its path in capitals, with two underscores for a dot and commas between the members of a list:
`TSDBTASKS_BUILD__PLATFORMS=linux/amd64,linux/arm64`.
"""
_CODES = """\
They hold for `inv`; nox says 1 for any failure
and make says 2, so there the last line and the report carry the code. Invoke's own complaints about a flag are 1.

## Reports

Every task but `clean-build` writes `dist/reports/<task>.json`, and with a part `<task>-<part>.json`, for what one
of several jobs did. `--json` prints the same document on stdout. Later gates and comments read these files and
nothing else.
"""
_FIELDS = {
    "schema": f"Version of this form, {record.SCHEMA}.",
    "task": "The task's name.",
    "part": "What part of the work it did, or empty.",
    "commit": "The commit it was about, or empty.",
    "version": "The version it was about, or empty.",
    "manifest": "SHA-256 of `dist/manifest.json` as the task left it, or empty.",
    "start": "When it began, UTC.",
    "end": "When it ended, UTC.",
    "outcome": f"`{record.DONE}`, `{record.UNCHANGED}`, `{record.SKIPPED}` or `{record.FAILED}`.",
    "reasons": "Why, if it was not simply done.",
    "exit_code": "As above.",
    "result": "The task's value: what its table shows, and more.",
}


def _kinds(kind: type[errors.TsdbtasksError]) -> Iterator[type[errors.TsdbtasksError]]:
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__ and below is not errors.SeveralError:
            yield below
        yield from _kinds(below)


def main() -> None:
    """Write the pages that differ, and name them."""
    for name, text in pages().items():
        path = HERE / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote docs/{name}", file=sys.stderr)


if __name__ == "__main__":
    main()
