"""Pages that say how good forecasts were."""
