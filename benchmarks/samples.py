"""The bare script that ``inv bench`` is compared with: the samples' processes one after another, and nothing else.

It imports nothing of ours. Usage: python -I -S samples.py RECIPE
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(recipe: str) -> None:
    """Run every command of the recipe; what they print goes where the script's own output goes."""
    said = json.loads(Path(recipe).read_text("utf-8"))
    for argv in said["argvs"]:
        subprocess.run(argv, cwd=said["folder"], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
