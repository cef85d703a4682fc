"""Run the command line as `python -m forecast`."""

from forecast.cli import main

main()
