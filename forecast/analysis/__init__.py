"""Questions to a forecast."""
