"""Namespaces for tasks.py: all tasks, some of them, or single ones, with their settings.

The module is not called collection, because importing it would then hide ``tsdbtasks.collection``.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

from invoke.collection import Collection
from invoke.tasks import Task

from tsdbtasks import edge
from tsdbtasks.errors import UsageError

#: Every module of tasks; each has a collection ``ns``.
MODULES = (
    "tasks.build",
    "tasks.package",
    "tasks.reproduce",
    "tasks.doctor",
    "tasks.test",
    "tasks.bench",
    "tasks.bench_baseline",
    "tasks.bench_compare",
    "tasks.bench_table",
    "tasks.bench_versions",
    "tasks.profile",
    "pipeline",
)


def collection(*namespaces: types.ModuleType | Collection | Task[Any], settings: Mapping[str, Any] | None = None) -> Collection:
    """Return a collection with the tasks of *namespaces*, or with all of ours where none is named.

    A namespace is a module with an ``ns``, a collection, or a single task. *settings* are those of the
    reference, as nested mappings; a wrong one ends the program with exit code 2, also while tasks.py loads.
    """
    with edge.loading():
        made = Collection()
        for one in namespaces or _ours():
            tasks, inner = _content(one)
            for task in tasks:
                made.add_task(task)
            for name, collection in inner.items():
                made.add_collection(collection, name)
        _check(settings or {})
        # All settings stand under the package's name.
        made.configure({__package__: dict(settings or {})})
        return made


def _check(settings: Mapping[str, Any]) -> None:
    """Raise SettingsError for settings that could never be right."""
    # A root is looked for when a task runs. Most repositories set no more, and need not load the settings for a list.
    if isinstance(settings, Mapping) and all(name == "root" and isinstance(value, str) for name, value in settings.items()):
        return
    from tsdbtasks.settings import check  # noqa: PLC0415 - see above

    check(settings)


def _ours() -> list[types.ModuleType]:
    import importlib  # noqa: PLC0415 - only when nothing was named

    return [importlib.import_module(f"tsdbtasks.{name}") for name in MODULES]


def _content(namespace: object) -> tuple[list[Task[Any]], dict[str, Collection]]:
    """Return the tasks of a namespace, and the collections in it by their names."""
    if isinstance(namespace, Task):
        return [namespace], {}
    if isinstance(namespace, types.ModuleType):
        namespace = getattr(namespace, "ns", namespace)
    if isinstance(namespace, Collection):
        return list(namespace.tasks.values()), dict(namespace.collections.items())
    message = f"collection(): want a module with tasks, a collection or a task, got {namespace!r}"
    raise UsageError(message, hint="for example collection(tsdbtasks.tasks.build, tsdbtasks.tasks.package.package)")
