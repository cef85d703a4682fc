"""The version of the package, as the distribution that was installed states it."""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTIONS = ("forecast-ledger", "forecast")
"""The name of the distribution, and the one that it had before."""


def installed() -> str:
    """The version that is installed; "unknown" for a copy that was never installed."""
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


__version__ = installed()
