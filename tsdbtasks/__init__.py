"""The pipeline of a Go database as tasks for Invoke and sessions for nox.

What is named here is loaded when it is first used, because a noxfile should not pay for Invoke.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tsdbtasks.edge import Task, task
    from tsdbtasks.errors import (
        InterruptedRunError,
        MissingError,
        NothingError,
        ProgramError,
        RefusedError,
        SettingsError,
        SeveralError,
        TsdbtasksError,
        UsageError,
    )
    from tsdbtasks.namespace import collection
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings

__all__ = [
    "InterruptedRunError",
    "MissingError",
    "NothingError",
    "ProgramError",
    "RefusedError",
    "Runner",
    "Settings",
    "SettingsError",
    "SeveralError",
    "Task",
    "TsdbtasksError",
    "UsageError",
    "collection",
    "task",
]
__version__ = "0.1.0"

_WHERE = {
    "collection": "namespace",
    "task": "edge",
    "Task": "edge",
    "Runner": "runner",
    "Settings": "settings",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Load the module that defines *name*."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415 - only when something is used

    value = getattr(importlib.import_module(f"{__name__}.{_WHERE.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
