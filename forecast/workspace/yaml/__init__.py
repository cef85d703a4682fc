"""YAML in and out: strict reading, writing that every reader takes for the same, changes that touch nothing else."""
