"""Profiles of benchmarks for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import number, settings_of, show, task
from tsdbtasks.errors import NothingError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from invoke.context import Context

    from tsdbtasks.core.bench.profiles import Top


@task(
    help={
        "top": "How many functions are shown.",
        "diff": "Show how functions changed since this profile, those of the module itself first.",
        "http": "Show pprof's own web page at this address, such as :8080, until Ctrl-C.",
        "kind": "Which profile: cpu, mem, block or mutex; default: the first that is there.",
        "file": "File of the profile; default: cpu_profile.prof and the like beside go.mod.",
    }
)
def profile(c: Context, top: str = "20", diff: str = "", http: str = "", kind: str = "", file: str = "") -> Top | None:
    """Show the functions of a profile that `bench --profile` took, or how they changed, or pprof's web page."""
    from tsdbtasks.core.bench import profiles as rules  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import go, profiles  # noqa: PLC0415 - as above

    settings, runner, count = settings_of(c), Runner.of(c), number(top, "--top", least=1)
    path, chosen = profiles.find(settings.folder, file, kind)
    base = settings.folder / diff if diff else None
    if base is not None and not base.is_file():
        message = f"--diff: there is no profile {base}"
        raise NothingError(message, hint="runs keep theirs: ls benchmark-results/*.prof")
    found = go.find(runner, settings.go.path, settings.folder)
    if http:
        profiles.serve(runner, found, path, http, base)
        return None
    said = profiles.top(runner, found, path, chosen, base)
    if not said.functions:
        message = f"{path} has no samples"
        raise NothingError(message, hint=f"inv bench --profile {chosen.value} --benchtime 1s")
    module = go.module(runner, found, settings.folder, top=None).path
    listed = rules.ranked(said.functions, module) if base else list(said.functions)
    title = f"{chosen.value} profile, {path.name}" + (f" since {base.name}, scaled to the same total" if base else "")
    show(said, rules.table(chosen, title, said, listed[:count]))
    return said


ns = Collection(profile)
