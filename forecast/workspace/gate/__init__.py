"""The gate: one pass over what analysts wrote, in a folder or in one file, that finds every problem."""
