"""The same density in PyMC, sampled with NUTS, and its agreement with the exact engine."""
