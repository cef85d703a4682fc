"""Pictures, named by the kind of chart."""
