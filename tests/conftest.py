"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same cases on every run, and no clock: a case that fails today fails tomorrow, on any machine.
settings.register_profile("forecast", derandomize=True, deadline=None, database=None, max_examples=20,
                          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.load_profile("forecast")
