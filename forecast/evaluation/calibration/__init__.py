"""What resolved questions teach: how much evidence was worth, how far off forecasts were, and whether they helped."""
