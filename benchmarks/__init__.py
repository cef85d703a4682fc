"""Measurements: ratios within one run, written to RESULTS.md; never asserted in a test."""
