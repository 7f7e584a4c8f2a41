"""All rows by name, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import benchrun, benchtable, peers, ranktest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.place import Place, Row

ROWS: Mapping[str, Callable[[Place], Row]] = {
    "list": peers.listing,
    "nox": peers.sessions,
    "goreleaser": peers.releaser,
    "script": peers.bare,
    "again": peers.again,
    "cold": peers.cold,
    "table": benchtable.table,
    "table-mixed": benchtable.mixed,
    "compare": benchtable.judged,
    "read": benchtable.columns,
    "parse": benchtable.records,
    "rank": ranktest.untied,
    "rank-tied": ranktest.tied,
    "bench": benchrun.overhead,
}
#: Rows whose runs take a minute each; their number of pairs has a flag of its own.
SLOW = ("cold",)
