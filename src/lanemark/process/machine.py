"""What this machine is, and a fingerprint that is equal on two machines whose numbers may be compared."""

import hashlib
import os
import platform
import subprocess
import sys

from lanemark.result import Machine

GIB = 2**30


def read_machine(*, image_os: str = "", image_version: str = "") -> Machine:
    """Return the machine we run on; `image_os` and `image_version` are the runner's `ImageOS` and `ImageVersion`.

    The fingerprint covers what changes timings for good: processor model, usable cores, memory in whole GiB, operating system,
    architecture, image. Kernel release and image version change weekly on hosted runners; they are shown, not part of it.
    """
    cpu = _read_cpu() or "unknown"
    cores = count_cores()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    stable = (cpu, str(cores), str(round(memory / GIB)), platform.system(), platform.machine(), image_os)
    return Machine(
        fingerprint=hashlib.sha256("\0".join(stable).encode("utf-8", "replace")).hexdigest(),
        cpu=cpu,
        cores=cores,
        memory_bytes=memory,
        system=f"{platform.system()} {platform.release().partition('.')[0]} {platform.machine()}",
        image=f"{image_os} {image_version}".strip(),
        python=platform.python_version(),
    )


def count_cores() -> int:
    """Return the cores this process may use, which a container or `taskset` makes fewer than the machine has."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_cpu() -> str:
    """Return the processor's model, "" where nobody tells."""
    if sys.platform == "linux":
        try:
            with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
                return cpu_model(lines.read())
        except OSError:
            return platform.processor()
    if sys.platform == "darwin":
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            return subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return platform.processor()
    return platform.processor()


def cpu_model(cpuinfo: str) -> str:
    """Return the model that `/proc/cpuinfo` names; on ARM, which has no name there, implementer and part."""
    found: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), value.strip())
    if "model name" in found:
        return found["model name"]
    parts = [found[key] for key in ("CPU implementer", "CPU part", "CPU variant") if key in found]
    return f"ARM {' '.join(parts)}" if parts else ""
