"""Where compiled code is kept from run to run, whether there is any yet, and what the libraries may not read.

PyTensor and Numba keep it under the home folder. Where that cannot be written (containers, services, somebody else's
account), it goes into a folder of the user's own among the temporary files.

Numba, ArviZ, Matplotlib and netCDF take settings from files in the current folder, which may be somebody's workspace:
data, that must not name modules to import. They are kept from it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

_COMPILERS = ("pymc", "pytensor", "numba", "llvmlite", "numpy", "nutpie")
_SOURCES = ("density.py", "sampler.py")


def prepare() -> None:
    """Make sure that compiled code can be kept; to be called before PyTensor is loaded, which looks only then."""
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "base_compiledir" in flags or _is_writable(_usual()):
        return
    place = _temporary()
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [flags, f"base_compiledir={place}"]))
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        os.environ.setdefault(name, str(place / name.lower()))


def load() -> None:
    """Load the libraries of the second engine without anybody's settings; whoever would load one calls this before."""
    if "pymc" in sys.modules:
        return
    prepare()
    os.environ.setdefault("NCRCENV_IGNORE", "1")  # read by netCDF when it writes its first file
    with _away():
        import arviz  # noqa: F401
        import numba.core.config
        import pymc  # noqa: F401
    # It is read again whenever something is compiled.
    numba.core.config._config_fname = os.devnull


@contextmanager
def _away() -> Iterator[None]:
    """Be in this folder, where nobody's settings lie; back in the former one at the end, even if that is gone.

    All threads share the current folder. The engine is loaded by verbs that have no other thread yet.
    """
    before = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
    try:
        os.chdir(Path(__file__).parent)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def is_there() -> bool:
    """Whether this machine has compiled the model already; if not, that takes a minute or two."""
    return _mark().exists()


def note() -> None:
    """Remember that the model has been compiled here."""
    _mark().touch()


def _usual() -> Path:
    home = os.environ.get("HOME")
    return (Path.home() if home is None else Path(home)) / ".pytensor"


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be written to, or made; a relative one would lie in whatever folder is the current one."""
    if not folder.is_absolute():
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _temporary() -> Path:
    """A folder among the temporary files that is the user's alone, since what is kept there is executed."""
    place = Path(tempfile.gettempdir()) / f"forecast-{os.getuid()}"
    with suppress(OSError):
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        is_closed = stat.S_IMODE(found.st_mode) & 0o077 == 0
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and is_closed:
            return place
    return Path(tempfile.mkdtemp(prefix="forecast-"))


def _mark() -> Path:
    """An empty file beside compiled code, named after everything that the code depends on."""
    load()
    import llvmlite.binding
    from pytensor.configdefaults import config

    depends = [sys.version, llvmlite.binding.get_host_cpu_name(), *(version(name) for name in _COMPILERS)]
    digest = hashlib.sha256("\n".join(depends).encode())
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return Path(config.base_compiledir) / f"forecast-{digest.hexdigest()[:16]}"
