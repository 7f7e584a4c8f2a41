"""The bare script that the builds are compared with: go build, tar or zip, SHA-256, and nothing else.

It imports nothing of ours. Usage: python -I -S bare.py RECIPE VERSION
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

LEVEL = 6


def build(target: dict[str, Any]) -> None:
    """Build one program."""
    # The linker makes no folders.
    Path(target["out"]).parent.mkdir(parents=True)
    subprocess.run(target["argv"], env={**os.environ, **target["env"]}, check=True)


def pack(target: dict[str, Any]) -> str:
    """Pack one program with the other files, and return the archive's line for the list of sums."""
    archive = Path(target["archive"])
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as file:
            for name, path in target["members"].items():
                file.write(path, name)
    else:
        with tarfile.open(archive, "w:gz", compresslevel=LEVEL) as tar:
            for name, path in target["members"].items():
                tar.add(path, name)
    with archive.open("rb") as data:
        return f"{hashlib.file_digest(data, 'sha256').hexdigest()}  {archive.name}\n"


def main(recipe: str, version: str) -> None:
    """Make everything in *recipe*, a JSON file in which ``{version}`` stands for *version*."""
    plan = json.loads(Path(recipe).read_text("utf-8").replace("{version}", version))
    shutil.rmtree("dist", ignore_errors=True)
    with ThreadPoolExecutor(plan["jobs"]) as pool:
        list(pool.map(build, plan["targets"]))
        Path("dist/SHA256SUMS").write_text("".join(pool.map(pack, plan["targets"])), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
