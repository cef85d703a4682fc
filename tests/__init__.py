"""The tests, in folders by what they guarantee: see README.md beside this file."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""
