"""What one page shows: its state, the columns, and what is worked out beside it."""
