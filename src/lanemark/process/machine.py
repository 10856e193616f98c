"""What machine this is; two results of different machines are never compared."""

import os
import platform
from hashlib import sha256

from lanemark.result import Machine


def read_machine(*, image: str = "") -> Machine:
    """Return this machine; `image` is the runner's own word (`ubuntu24 20261101.1`).

    The fingerprint covers processor, cores, memory in GiB, system and architecture, and the image's name but not its version: an
    image is renewed every week, and a baseline should live longer.
    """
    cpu, cores, memory = _read_cpu(), os.cpu_count() or 1, _read_memory()
    system = f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}"
    stable = (cpu, str(cores), str(round(memory / 2**30)), platform.system(), platform.machine(), image.split(" ", maxsplit=1)[0])
    digest = sha256("\0".join(stable).encode()).hexdigest()
    return Machine(
        fingerprint=f"sha256:{digest[:32]}",
        cpu=cpu,
        cores=cores,
        memory_bytes=memory,
        system=system,
        image=image,
        python=platform.python_version(),
    )


def _read_cpu() -> str:
    """Return the processor's name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model"):
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _read_memory() -> int:
    """Return the machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        import psutil

        return int(psutil.virtual_memory().total)
