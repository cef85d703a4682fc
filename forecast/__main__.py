"""Run the command line: as `forecast`, and as `python -m forecast`."""

import sys

from forecast.cli import process


def main() -> None:
    """Prepare the process, then load the program and run a command."""
    process.prepare()
    try:
        from forecast.cli.app import main as run
    except KeyboardInterrupt:
        process.say_interrupted()
        sys.exit(process.INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
