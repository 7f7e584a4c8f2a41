"""Read a file of results and say what that cost: python -m benchmarks.reading columns|records FILE."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import inside
from tsdbtasks.core.bench import benchfmt, columns


def main(how: str, path: str) -> None:
    """Read the file at *path*, which is in memory before, in the way that *how* names."""
    data = Path(path).read_bytes()
    pieces = [data[at : at + columns.CHUNK] for at in range(0, len(data), columns.CHUNK)]
    ways = {
        "columns": lambda: columns.Reader().read(pieces, file=path, label=path),
        "records": lambda: benchfmt.parse(data, file=path),
    }
    print(inside.line(ways[how]))


if __name__ == "__main__":
    main(*sys.argv[1:])
