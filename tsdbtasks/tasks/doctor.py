"""The check-up: everything that could stop the pipeline, found at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import settings_of, show, task
from tsdbtasks.errors import TsdbtasksError, failure
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from invoke.context import Context

    from tsdbtasks.core.checkup import Finding


@task
def doctor(c: Context) -> tuple[Finding, ...]:
    """Find everything that could stop the pipeline, each with what mends it."""
    from tsdbtasks.core import checkup  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import checkup as looking  # noqa: PLC0415 - as above

    try:
        findings = looking.look(Runner.of(c), settings_of(c))
    except TsdbtasksError as error:  # without settings there is no telling where to look
        findings = checkup.failure("settings", error)
    show(tuple(findings), checkup.table(findings))
    wrong = [one for one in findings if one.state == checkup.ERROR]
    if wrong:
        areas = ", ".join(dict.fromkeys(one.area for one in wrong))
        message = f"{len(wrong)} of {len(findings)} findings stop the pipeline: {areas}"
        raise failure(checkup.code(wrong))(message, hint="mend what the table calls an error")
    return tuple(findings)


ns = Collection(doctor)
