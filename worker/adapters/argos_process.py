"""What a process is told before CTranslate2 is loaded into it: threads, instructions, memory. Each was measured."""

import ctypes
import os
from pathlib import Path

# glibc's mallopt(3). By its own rules it maps and returns every large buffer of a decoding step anew, and the kernel
# clears the pages each time: of 13 s of CPU 6 were that.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MALLOPT = {M_MMAP_THRESHOLD: 32 << 20, M_TRIM_THRESHOLD: 256 << 20, M_TOP_PAD: 16 << 20}  # bytes

# CTranslate2 leaves AVX-512 alone, which slowed the first processors that had it down. Those with VBMI2 (Ice Lake,
# Zen 4 and later) do not mind; there it is 5 % faster.
AVX512 = frozenset({"avx512f", "avx512cd", "avx512vl", "avx512bw", "avx512dq", "avx512_vbmi2"})


def prepare_process(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Set what the user has not set; does nothing to a library that is loaded already, and no harm elsewhere."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if cpu_flags(cpuinfo) >= AVX512:
        os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and not any(name.startswith("MALLOC_") for name in os.environ):
        for option, value in MALLOPT.items():
            mallopt(option, value)


def cpu_flags(cpuinfo: Path) -> frozenset[str]:
    """What the first processor can, in the names of Linux; empty on another system."""
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), ()))
