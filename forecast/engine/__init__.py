"""The posterior, twice: exact sums, and PyMC beside them."""
