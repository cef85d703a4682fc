"""Reports and backtests read back: what they must hold, and the forecasts as they were issued."""
