"""The machine that measures: what it is, how it is told from others, and how busy it is."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "unknown"
_DIGITS = 12
_GIB = 2**30
#: Where Linux keeps what the firmware says of the machine.
_DMI = Path("/sys/class/dmi/id")
_GOVERNORS = Path("/sys/devices/system/cpu")
_CONTAINERS = {"/.dockerenv": "docker", "/run/.containerenv": "podman"}
#: Firmware of virtual machines, by a word of their maker or product.
_VIRTUAL = {
    "qemu": "qemu", "kvm": "kvm", "vmware": "vmware", "virtualbox": "virtualbox", "xen": "xen", "amazon ec2": "ec2",
    "google compute": "gce", "virtual machine": "hyper-v", "bochs": "bochs", "parallels": "parallels",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Host:
    """A machine: *cores* are those that we may use, *machine* is a fingerprint, *container* also names a virtual machine."""

    cpu: str
    cores: int
    machine: str
    container: str
    governor: str


def look(named: str = "") -> Host:
    """Return this machine. *named* takes the place of what tells it from others, for pools of equal machines."""
    import psutil  # noqa: PLC0415 - only measuring needs it

    cpu = _processor()
    memory = round(psutil.virtual_memory().total / _GIB)
    # The first part tells it from one that is built alike; it stays over restarts.
    what = named or "\0".join([_identity(), platform.machine(), cpu, str(psutil.cpu_count() or 0), str(memory)])
    return Host(
        cpu=cpu,
        cores=_usable(),
        machine=hashlib.sha256(f"tsdbtasks\0{what}".encode()).hexdigest()[:_DIGITS],
        container=_container(),
        governor=_governor(),
    )


@dataclass(frozen=True)
class Times:
    """The processor times since the machine started, in seconds: all, those that somebody used, those that were stolen."""

    total: float
    busy: float
    stolen: float


@dataclass(frozen=True)
class Busy:
    """How busy the machine was for a while: per cent of all processor time, and how many processes wanted a processor."""

    used: float
    stolen: float
    load: float


def times() -> Times:
    """Return the processor times now."""
    import psutil  # noqa: PLC0415 - only measuring needs it

    now = psutil.cpu_times()
    # Guests are counted twice by the kernel, in the time of users too.
    fields = {name: value for name, value in now._asdict().items() if name not in {"guest", "guest_nice"}}
    total = sum(fields.values())
    idle = fields.get("idle", 0.0) + fields.get("iowait", 0.0)
    return Times(total, total - idle, fields.get("steal", 0.0))


def between(before: Times, after: Times, load: float) -> Busy:
    """Return how busy the machine was from *before* to *after*."""
    total = after.total - before.total
    if total <= 0:
        return Busy(0.0, 0.0, load)
    return Busy(100 * (after.busy - before.busy) / total, 100 * (after.stolen - before.stolen) / total, load)


def load() -> float:
    """Return how many processes wanted a processor during the last minute."""
    import psutil  # noqa: PLC0415 - only measuring needs it

    return float(psutil.getloadavg()[0])


def _usable() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def model(cpuinfo: str) -> str:
    """Return the model in the text of Linux's ``/proc/cpuinfo``, or nothing, as on some ARM machines."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() in {"model name", "Model"}), "")


if sys.platform == "linux":

    def _processor() -> str:
        return model(_read(Path("/proc/cpuinfo"))) or platform.machine()

    def _identity() -> str:
        places = (_DMI / "product_uuid", Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
        return next((text for path in places if (text := _read(path).strip())), "") or platform.node()

elif sys.platform == "win32":
    import winreg

    def _processor() -> str:
        return platform.processor() or platform.machine()

    def _identity() -> str:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])

else:

    def _processor() -> str:
        return platform.processor() or platform.machine()

    def _identity() -> str:
        return platform.node()


def _container() -> str:
    found = [name for path, name in _CONTAINERS.items() if Path(path).exists()]
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        found.append("kubernetes")
    firmware = " ".join(_read(_DMI / name).strip() for name in ("sys_vendor", "product_name")).strip()
    machine = virtual(firmware, _read(Path("/proc/cpuinfo")))
    return "+".join([*found, *([machine] if machine else [])]) or "none"


def virtual(firmware: str, cpuinfo: str) -> str:
    """Return which virtual machine the firmware or the processor's flags tell of, or nothing."""
    named = next((name for word, name in _VIRTUAL.items() if word in firmware.lower()), "")
    hypervisor = any(line.startswith("flags") and "hypervisor" in line.split() for line in cpuinfo.splitlines())
    return named or ("vm" if hypervisor else "")


def _governor() -> str:
    """Return how the kernel chooses the processors' frequency: one word, or several where they differ."""
    found = {_read(path).strip() for path in _GOVERNORS.glob("cpu[0-9]*/cpufreq/scaling_governor")}
    return ",".join(sorted(found - {""})) or UNKNOWN


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def warnings(before: Busy, during: Busy, host: Host) -> tuple[str, ...]:
    """Return what about the machine makes its numbers worth less."""
    found = []
    if before.load > host.cores / 2:
        found.append(f"the machine was busy before: load {before.load:.2f} on {host.cores} processors")
    if max(before.stolen, during.stolen) >= 1:
        found.append(f"other machines took processor time from this one: {max(before.stolen, during.stolen):.1f} % was stolen")
    if host.governor in {"powersave", "ondemand", "schedutil", "conservative"}:
        found.append(f"the processor's frequency follows its load: governor {host.governor}")
    return tuple(found)


def described(host: Host, before: Busy, during: Busy) -> Mapping[str, str]:
    """Return the configuration lines about the machine that are not the same in every run."""
    return {
        "container": host.container,
        "governor": host.governor,
        "load-before": f"{before.load:.2f}",
        "load-during": f"{during.load:.2f}",
        "used-before": f"{before.used:.1f}%",
        "used-during": f"{during.used:.1f}%",
        "steal-before": f"{before.stolen:.2f}%",
        "steal-during": f"{during.stolen:.2f}%",
    }
