"""Numbers and text that know nothing of forecasts."""
