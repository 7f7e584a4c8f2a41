"""Reproducing: a second build that must be the same, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, settings_of, show, task
from tsdbtasks.errors import RefusedError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.build.difference import Compared


@task(
    iterable=["only"],
    help={
        "only": "Platform id or glob, such as linux_arm64 or 'linux_*'; repeatable.",
        "from": "Tag to build again, twice, instead of what stands in dist/.",
    },
)
def reproduce(c: Context, only: Sequence[str] = (), from_: str = "") -> tuple[Compared, ...]:
    """Build again elsewhere with an empty cache, and prove byte equality or say what differs."""
    from tsdbtasks.core.build import difference, platforms  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report.table import Table  # noqa: PLC0415 - as above
    from tsdbtasks.settings import base_of  # noqa: PLC0415 - as above
    from tsdbtasks.tools import console, files, outputs, reproduction  # noqa: PLC0415 - as above

    settings, runner = settings_of(c), Runner.of(c)
    out = settings.folder / outputs.DIST
    with files.scratch() as scratch:
        if from_:
            work = reproduction.tagged(runner, base_of(c), from_, lambda base: settings_of(c, base), scratch)
            chosen = platforms.select(work.settings.build.platforms, only)
            first, out = reproduction.first_build(work, chosen, scratch)
        elif runner.dry and outputs.load_or_none(out) is None:
            console.note("would build again, with an empty cache, what stands in dist/ then")
            return ()
        else:
            work, first = reproduction.current(runner, settings, out)
            built = [one for one in settings.build.platforms if one.id in first.targets]
            chosen = platforms.select(built, only)
        about(commit=first.inputs.commit, version=first.inputs.version, manifest=outputs.digest(out))
        if runner.dry:
            console.note(f"would build {', '.join(one.id for one in chosen)} again, with an empty cache")
            return ()
        found = tuple(reproduction.reproduce(work, first, out, chosen, scratch))
    rows = [(one.artefact, one.outcome, one.cause) for one in found]
    show(found, Table(f"{first.inputs.name} {first.inputs.version}, built twice", ("artefact", "outcome", "cause"), rows))
    different = [one for one in found if one.outcome == difference.DIFFERENT]
    if different:
        one = different[0]
        message = f"{len(different)} of {len(found)} artefacts are not reproducible; the first is {one.artefact}: {one.cause}"
        raise RefusedError(message)
    return found


ns = Collection(reproduce)
