"""What pprof prints, and the functions in it."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import profiles
from tsdbtasks.core.bench.profiles import Function, Kind
from tsdbtasks.errors import UsageError

TEXT = """\
File: 0-store.test
Type: cpu
Time: 2026-11-25 09:54:19 UTC
Duration: 1.56s, Total samples = 390000000ns (24.97%)
Showing nodes accounting for 150000000ns, 38.46% of 390000000ns total
      flat  flat%   sum%        cum   cum%
 50000000ns 12.82% 12.82%  50000000ns 12.82%  runtime.memmove
-20000000ns  5.13% 17.95%  30000000ns  7.69%  example.com/m/store.(*Log).append (inline)
         0     0% 17.95% 140000000ns 35.90%  example.com/m.Run
"""
FUNCTIONS = (
    Function("runtime.memmove", 5e7, 5e7),
    Function("example.com/m/store.(*Log).append (inline)", -2e7, 3e7),
    Function("example.com/m.Run", 0.0, 1.4e8),
)


def test_functions_are_read_with_their_shares() -> None:
    assert profiles.top(TEXT) == profiles.Top(3.9e8, FUNCTIONS)


def test_the_own_module_comes_first_and_the_greatest_change_before_others() -> None:
    ranked = profiles.ranked(
        (*FUNCTIONS, Function("nothing", 0, 0), Function("example.com/mother.F", 9e9, 9e9)), "example.com/m"
    )

    assert [one.name.rpartition("/")[2].partition(" ")[0] for one in ranked] == [
        "store.(*Log).append", "m.Run", "mother.F", "runtime.memmove",
    ]  # fmt: skip


def test_a_list_of_kinds_is_read_once_each() -> None:
    assert profiles.kinds("cpu, mem,cpu") == (Kind.CPU, Kind.MEMORY)
    assert profiles.kinds("") == ()
    with pytest.raises(UsageError, match="there is no kind of profile 'heap'"):
        profiles.kinds("heap")


def test_profiles_lie_where_people_look() -> None:
    names = [kind.file for kind in Kind]

    assert names == ["cpu_profile.prof", "memory_profile.prof", "block_profile.prof", "mutex_profile.prof"]


def test_the_table_says_what_it_leaves_out() -> None:
    found = profiles.top(TEXT)

    text = profiles.table(Kind.CPU, "cpu profile", found, found.functions[:1]).text()

    assert text.splitlines() == [
        "cpu profile",
        " flat  flat %    cum  cum %  function",
        "50 ms   12.8%  50 ms  12.8%  runtime.memmove",
        "390 ms in all",
        "2 more functions; --top 3",
    ]
