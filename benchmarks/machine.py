"""What a measurement was made on, without names of hosts, users or folders."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Machine:
    """The processor and how many of it, the system, the load before, and the versions of the programs."""

    cpu: str
    cores: int
    system: str
    load: float
    versions: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return one sentence for each fact."""
        programs = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return [
            f"Machine: {self.cpu}, {self.cores} processors, {self.system}; load {self.load:.2f} at the start.",
            f"Programs: {programs}.",
        ]


def look(go: str | None, programs: Mapping[str, str | None]) -> Machine:
    """Return this machine, with the versions of those *programs* that are here, which Go built, and of our own."""
    versions = {"Python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in ("tsdbtasks", "invoke", "nox")}
    if go:
        versions["Go"] = _said([go, "env", "GOVERSION"]).removeprefix("go")
    versions |= {name: _module_version(go, path) for name, path in programs.items() if path}
    return Machine(
        cpu=processor(_read("/proc/cpuinfo")) or platform.processor() or platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        load=load(),
        versions=versions,
    )


def load() -> float:
    """Return how many processes wanted a processor during the last minute, or -1 where nobody counts them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0


def processor(cpuinfo: str) -> str:
    """Return the model in the text of Linux's ``/proc/cpuinfo``, or nothing."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == "model name"), "")


def _read(path: str) -> str:
    return Path(path).read_text("utf-8") if Path(path).is_file() else ""


def _said(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def _module_version(go: str | None, binary: str) -> str:
    """Return the version of the module that *binary* was built from; what ``go install`` built often says "dev"."""
    lines = _said([go, "version", "-m", binary]).splitlines() if go else []
    return next((words[2] for line in lines if (words := line.split())[:1] == ["mod"]), "of unknown version")
