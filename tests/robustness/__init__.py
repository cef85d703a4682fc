"""Nothing crashes, is lost or is invented."""

import os

FUZZED = int(os.environ.get("FORECAST_FUZZ", "600"))
"""Files that each fuzzer spoils or changes, and tables."""
