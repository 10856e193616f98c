import os
import re

from lanemark.process.clock import SystemClock
from lanemark.process.machine import cpu_model, read_machine


def test_the_machine_is_described():
    machine = read_machine(image_os="ubuntu24", image_version="20261101.1")
    assert re.fullmatch("[0-9a-f]{64}", machine.fingerprint)
    assert machine.cores == len(os.sched_getaffinity(0))
    assert machine.memory_bytes > 2**27
    assert machine.system.startswith(f"{os.uname().sysname} {os.uname().release.split('.')[0]} ")
    assert (machine.image, bool(machine.cpu), machine.python.count(".")) == ("ubuntu24 20261101.1", True, 2)
    assert read_machine().image == ""


def test_the_fingerprint_is_the_hardwares_and_the_images_not_the_weeks():
    prints = [read_machine(image_os=name, image_version=week).fingerprint for name, week in (("a", "1"), ("a", "2"), ("b", "2"))]
    assert prints[0] == prints[1] != prints[2]


def test_the_processors_name_is_found():
    assert cpu_model("processor\t: 0\nmodel name\t: AMD EPYC 7763: 64\nmodel name\t: other\n") == "AMD EPYC 7763: 64"
    assert cpu_model("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd49\n") == "ARM 0x41 0xd49"
    assert cpu_model("") == ""


def test_the_clock_goes_on():
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", clock.utc())
