"""The machine that measures."""

from __future__ import annotations

from tsdbtasks.tools import host
from tsdbtasks.tools.host import Busy, Host, Times

HOST = Host(cpu="A CPU", cores=4, machine="abc", container="none", governor="performance")


def test_this_machine_is_itself_every_time() -> None:
    first, second = host.look(), host.look()

    assert first == second
    assert first.cpu
    assert first.cores >= 1
    assert len(first.machine) == 12


def test_a_name_for_a_pool_takes_the_place_of_what_tells_its_machines_apart() -> None:
    assert host.look("runners").machine != host.look().machine
    assert host.look("runners").machine == host.look("runners").machine != host.look("others").machine


def test_the_model_is_read_from_what_linux_says() -> None:
    assert host.model("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t: a b\n") == "Some CPU @ 3 GHz"
    assert host.model("processor\t: 0\nBogoMIPS\t: 50\n") == ""


def test_a_virtual_machine_is_known_by_its_firmware_or_by_its_processor() -> None:
    assert host.virtual("Amazon EC2 m5.large", "") == "ec2"
    assert host.virtual("", "flags\t\t: fpu hypervisor sse\n") == "vm"
    assert host.virtual("ACME Laptop", "flags\t\t: fpu sse\n") == ""


def test_how_busy_it_was_is_the_share_of_its_time() -> None:
    busy = host.between(Times(100, 50, 1), Times(200, 80, 6), 2.5)

    assert busy == Busy(30.0, 5.0, 2.5)
    assert host.between(Times(100, 50, 1), Times(100, 50, 1), 0.0) == Busy(0.0, 0.0, 0.0)


def test_the_times_go_on() -> None:
    first = host.times()

    assert first.total > first.busy > 0
    assert host.times().total >= first.total


def test_what_makes_numbers_worth_less_is_said() -> None:
    quiet, noisy = Busy(1, 0, 0.2), Busy(90, 3.5, 6.0)

    assert host.warnings(quiet, quiet, HOST) == ()
    said = host.warnings(noisy, quiet, Host(cpu="", cores=4, machine="", container="", governor="powersave"))
    assert [one.partition(":")[0] for one in said] == [
        "the machine was busy before",
        "other machines took processor time from this one",
        "the processor's frequency follows its load",
    ]
