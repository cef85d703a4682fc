"""The files of a workspace: which ones are read, and what in a folder cannot be."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from forecast.scalars import LARGEST, Refused

QUESTION, SOURCES, GROUPS = "priors/question.yaml", "priors/sources.yaml", "priors/groups.yaml"
EVIDENCE, INDICATORS = "evidence/", "evidence/indicators.yaml"
SCENARIOS, DRAFTS = "evidence/scenarios/", "evidence/drafts/"


class Folder(Mapping[str, bytes]):
    """The files under the root of a workspace as a mapping from relative path to content.

    Iteration lists what a workspace may be made of, and everything beside it in those folders that needs a word
    (a folder ends with a slash). Looking a path up reads the file; `Refused` if it cannot be read, leaves the
    workspace or, for a table, `priors/`; `KeyError` if there is none.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bounds = {"": os.path.realpath(root), "priors/": os.path.realpath(root / "priors")}

    def __iter__(self) -> Iterator[str]:
        yield from (path for path in self._entries("priors/") if not path.endswith("/"))
        for path in self._entries(EVIDENCE):
            yield from self._entries(path) if path in (SCENARIOS, DRAFTS) else (path,)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, path: str) -> bytes:
        within = "" if path.startswith(EVIDENCE) or path in (QUESTION, SOURCES, GROUPS) else "priors/"
        try:
            real = os.path.realpath(self.root / path)
            kind = os.stat(real)  # noqa: PTH116  the real path is a string, whatever its bytes
            if os.path.commonpath((real, self.bounds[within])) != self.bounds[within]:
                raise Refused(f"is a link that leaves {within or 'the workspace'}; put the file itself here")
            if not stat.S_ISREG(kind.st_mode):
                raise Refused("is no regular file; put a text file here")
            with open(real, "rb") as file:  # noqa: PTH123
                return file.read(LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            if os.path.islink(self.root / path):  # noqa: PTH114
                raise Refused("is a link to nothing; put the file itself here") from None
            raise KeyError(path) from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise Refused(f"cannot be read ({reason}); put a readable file here") from None

    def _entries(self, folder: str) -> Iterator[str]:
        """What a folder holds, sorted, without hidden entries; the folder itself if it cannot be listed."""
        try:
            names = sorted(os.listdir(self.root / folder))  # noqa: PTH208  faster, and names only
        except FileNotFoundError:
            return
        except OSError:
            yield folder
            return
        for name in names:
            if not name.startswith("."):
                yield folder + name + "/" * os.path.isdir(self.root / folder / name)  # noqa: PTH112


def stray(path: str) -> str | None:
    """Why an entry that a folder lists has no place there; None if it has, or is no business of the workspace."""
    if path in ("priors/", EVIDENCE, SCENARIOS, DRAFTS):
        return "cannot be listed; make it a folder that can be read"
    file = PurePosixPath(path)
    renamed = str(file.with_suffix(".yaml"))
    if not path.startswith(EVIDENCE):
        known = renamed in (QUESTION, SOURCES, GROUPS)
        return f"is not read; rename it to {file.stem}.yaml" if known and path != renamed else None
    inside = next(path.removeprefix(folder) for folder in (SCENARIOS, DRAFTS, EVIDENCE) if path.startswith(folder))
    if "/" in inside:
        return "is a folder, which is not read; move its files up (evidence/ has scenarios/ and drafts/ alone)"
    if file.suffix.lower() in (".yml", ".yaml") and path != renamed:
        return f"is not read; rename it to {file.stem}.yaml"
    if not path.isprintable():
        return "has a name that cannot be printed; rename it"
    return None
