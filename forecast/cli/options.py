"""The options that verbs share, and the application that they are registered with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from forecast.core.errors import did_you_mean

app = typer.Typer(name="forecast", no_args_is_help=True, add_completion=True, rich_markup_mode=None,
                  pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
                  help="Will it happen, and when? Evidence as likelihood ratios, one posterior.",
                  epilog="Example: forecast init my-question")


def day(value: str) -> date:
    """A date as it is typed."""
    from forecast.records.types import parsed_day

    if (found := parsed_day(value)) is None:
        raise typer.BadParameter(f"{value} is not a date; write YYYY-MM-DD")
    return found


def chance(value: str) -> float:
    """A probability as it is typed, such as 0.5 or 50%."""
    from forecast.core.text import probability_of

    if (found := probability_of(value)) is None:
        raise typer.BadParameter(f"{value} is not a probability; write one such as 0.5 or 50%")
    return found


def days(value: str) -> int:
    """A number of days as it is typed, such as 7d or 2w."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([dw])", value)
    if match is None:
        raise typer.BadParameter(f"{value} is not a number of days; write a whole number and d or w, such as 7d or 2w")
    return int(match[1]) * (7 if match[2] == "w" else 1)


def picture(value: str) -> Path:
    """A file for a picture as it is typed."""
    if Path(value).suffix not in (".svg", ".png"):
        raise typer.BadParameter(f"{value} is neither SVG nor PNG; write a name that ends in .svg or .png")
    return Path(value)


def _print_version(asked: bool) -> None:
    if asked:
        from forecast import __version__

        print(f"forecast {__version__}")
        raise typer.Exit


def stated(words: str, *names: str, metavar: str | None = None, **more: Any) -> Any:
    """An option that has no value unless it is stated."""
    return typer.Option(*names, help=words, metavar=metavar, show_default=False, **more)


def dated(words: str, *names: str) -> Any:
    """An option that is a date."""
    return stated(words, *names, metavar="DATE", parser=day)


Where = Annotated[Path | None, stated("Folder or file of the workspace", "--workspace")]
AsOf = Annotated[date | None, dated("Last day on which anything is known (default: today or, outside the question, the "
                                    "newest item's date)", "--as-of")]
Folders = Annotated[list[Path] | None, typer.Argument(metavar="DIR", show_default=False,
                                                      help="Folders of workspaces (default: found upwards)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else")]
Page = Annotated[Path | None, stated("Write a page in the style of the report, and the folder for it", "--html",
                                     metavar="FILE")]
Jobs = Annotated[int | None, stated("Processes (default: one for each core)", min=1)]
Cluster = Annotated[str | None, stated("Compute on the Dask cluster of this scheduler", metavar="ADDRESS")]


def choice(*names: str) -> dict[str, Any]:
    """The settings of an option or argument that is one of some names; its help has to name them."""
    def parse(value: str) -> str:
        if value not in names:
            raise typer.BadParameter(f"{value} is not known; {did_you_mean(value, names)}")
        return value

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return {"parser": parse, "autocompletion": complete}


def verb[F: Callable[..., None]](example: str) -> Callable[[F], F]:
    """Register a command whose help ends with an example to copy."""
    return app.command(example.split()[1], epilog=f"\b\nExample: {example}")


@app.callback()
def options(version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_print_version,
                                                  help="Print the version")] = False) -> None:
    """Take the options that stand before a verb."""
