"""Files as they are named on the command line."""

from __future__ import annotations

from tsdbtasks.core.bench.inputs import Input, named


def test_labels_paths_and_paths_that_stand_twice() -> None:
    assert named(["a", "x=b", "c", "a", "=d", "y=z=e"]) == [
        Input("a", "a#0"), Input("b", "x"), Input("c", "c"), Input("a", "a#1"), Input("d", ""), Input("z=e", "y"),
    ]  # fmt: skip
