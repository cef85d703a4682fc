"""Were we any good: resolution, backtests and scores."""
