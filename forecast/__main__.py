"""Run the command line as `python -m forecast`."""

from forecast.cli.app import main

main()
