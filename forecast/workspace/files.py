"""The files of a workspace: which ones are read, and what in a folder cannot be."""

# Paths are plain strings here: there may be ten thousand files, and pathlib costs more than reading them.
# ruff: noqa: PTH112, PTH114, PTH116, PTH118, PTH123, PTH208

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from forecast.core.errors import Problem, refuse
from forecast.core.scalars import LARGEST, Refused

QUESTION, SOURCES, GROUPS = "priors/question.yaml", "priors/sources.yaml", "priors/groups.yaml"
OUTSIDE = "priors/outside/"
EVIDENCE, INDICATORS = "evidence/", "evidence/indicators.yaml"
SCENARIOS, DRAFTS, OPINIONS = "evidence/scenarios/", "evidence/drafts/", "evidence/opinions/"


class Folder(Mapping[str, bytes]):
    """The files under the root of a workspace as a mapping from relative path to content.

    Iteration lists what a workspace may be made of, and everything beside it in those folders that needs a word
    (a folder ends with a slash). Looking a path up reads the file; `Refused` if it cannot be read, leaves the
    workspace or, for a table, `priors/`; `KeyError` if there is none.
    """

    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self.folders: dict[str, str] = {}
        """Real paths of folders, by their paths in the workspace."""

    def __iter__(self) -> Iterator[str]:
        yield from (path for path in self.entries("priors/") if not path.endswith("/"))
        yield from self.entries(OUTSIDE)
        for path in self.entries(EVIDENCE):
            yield from self.entries(path) if path in (SCENARIOS, DRAFTS, OPINIONS) else (path,)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, path: str) -> bytes:
        is_table = not path.startswith(EVIDENCE) and path not in (QUESTION, SOURCES, GROUPS)
        bound = self._real_folder("priors") if is_table else self.root
        folder, name = os.path.split(path)
        place = os.path.join(self._real_folder(folder), name)
        out_of = "priors/" if is_table else "the workspace"
        return contents_inside(place, bound, f"is a link out of {out_of}; put the file itself here")

    def _real_folder(self, folder: str) -> str:
        if folder not in self.folders:
            self.folders[folder] = os.path.realpath(os.path.join(self.root, folder))
        return self.folders[folder]

    def entries(self, folder: str) -> Iterator[str]:
        """What a folder holds, sorted, without hidden entries; the folder itself if it cannot be listed."""
        try:
            names = sorted(os.listdir(os.path.join(self.root, folder)))
        except FileNotFoundError:
            return
        except OSError:
            yield folder
            return
        for name in names:
            if not name.startswith("."):
                yield folder + name + "/" * os.path.isdir(os.path.join(self.root, folder, name))


def contents(path: str | os.PathLike[str]) -> bytes:
    """Read a file up to one byte more than may be read; `Refused` for a pipe or device, which might never end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Refused("is not a regular file; put a text file here")
    with open(path, "rb") as file:
        return file.read(LARGEST + 1)


def contents_inside(path: str, bound: str, outside: str) -> bytes:
    """Read a file, or what a link in its place leads to; `KeyError` if nothing is there.

    `bound` is the real path of the folder that it must not leave; if it does, `outside` is what is wrong. `Refused`
    then, and if it cannot be read.
    """
    is_link = os.path.islink(path)
    try:
        real = os.path.realpath(path) if is_link else path
        if not real.startswith(bound.rstrip("/") + "/"):
            raise Refused(outside)
        return contents(real)
    except (FileNotFoundError, NotADirectoryError):
        if is_link:
            raise Refused("is a link to nothing; put the file itself here") from None
        raise KeyError(path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Refused(f"cannot be read ({reason}); put a readable file here") from None


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files of a folder outside a workspace, by name, as strict about names as `stray`; not the hidden ones.

    Raises `InputError` if one is not read because of its name.
    """
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    misnamed = [Problem(str(path), 1, "", what) for path in paths if (what := _misnamed(PurePosixPath(path.name)))]
    refuse(misnamed)
    return [path for path in paths if path.suffix == ".yaml"]


def _misnamed(file: PurePosixPath) -> str | None:
    """Why a YAML file is not read, if that is because of the end of its name."""
    name = file.name.lower().removesuffix(".txt")  # which Notepad adds
    is_other = file.suffix != ".yaml" and name.endswith((".yml", ".yaml"))
    return f"is not read; rename it to {file.name[:name.rindex('.')]}.yaml" if is_other else None


def stray(path: str) -> str | None:
    """Why an entry that a folder lists has no place there; None if it has, or is no business of the workspace."""
    if path in ("priors/", OUTSIDE, EVIDENCE, SCENARIOS, DRAFTS, OPINIONS):
        return "cannot be listed; make it a folder that can be read"
    file = PurePosixPath(path)
    if path.startswith(OUTSIDE):
        return _stray_table(path, file)
    meant = path.lower().removesuffix(".txt")  # some systems do not tell capital letters from small ones
    for end in (".yml", ".json"):
        meant = f"{meant.removesuffix(end)}.yaml" if meant.endswith(end) else meant
    if meant in (QUESTION, SOURCES, GROUPS, INDICATORS):
        return None if path == meant else f"is not read; rename it to {PurePosixPath(meant).name}"
    if not path.startswith(EVIDENCE):
        return None
    inside = next(path.removeprefix(folder) for folder in (SCENARIOS, DRAFTS, OPINIONS, EVIDENCE)
                  if path.startswith(folder))
    if "/" in inside:
        return ("is a folder, which is not read; move its files up (evidence/ has scenarios/, opinions/ and drafts/ "
                "alone)")
    if (what := _misnamed(file)) is not None:
        return what
    return None if path.isprintable() else "has a name that cannot be printed; rename it"


def _stray_table(path: str, file: PurePosixPath) -> str | None:
    """Why an entry of priors/outside/ is not read; None if it is, or explains the others."""
    if path.endswith("/"):
        return "is a folder, which is not read; move its tables up"
    if not path.isprintable():
        return "has a name that cannot be printed; rename it"
    if file.suffix in (".csv", ".md"):
        return None
    return f"is not read; save it as {file.stem}.csv with the columns date,by,probability, or move it away"
