"""Evidence-driven forecasts of whether, and when, one event will come."""
