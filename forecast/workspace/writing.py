"""How files reach the disk: whole or not at all, one writer at a time, never out of the workspace by a link."""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from forecast.core.errors import ForecastError

SCRATCH = ".making-"
"""How the names of files and folders begin that are not yet in their places."""

PAGE_MARK = b'<meta name="generator" content="forecast">'
"""Stands in the head of every page of the program, and nowhere else."""

SEAL = "SHA256SUMS"
"""File of a report folder that holds the hash of every other one and of the seal of the report before it.

It has the format of `sha256sum`, which can check it: `sha256sum --check SHA256SUMS` in the folder.
"""

PICTURE_MARKS = {".svg": b"<!-- generator: forecast -->", ".png": b"Software\0forecast"}
"""Stand in the head of every picture that a verb writes, by the end of its name."""

_DRAWN = {".svg": b'class="marks"', ".png": b"\x89PNG"}
"""What begins the pictures beside a page, which have no mark of their own."""
_PATIENCE = 300
"""Seconds for which a writer waits for another one."""
_HEAD = 2_000
"""Bytes of a page or picture among which its mark stands."""
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)
"""What file systems without hard links say to one."""


class ChangedError(ForecastError):
    """A file is no longer what a change was made from."""


def inside(root: Path, path: str) -> Path:
    """The real place of a path in a workspace; `ForecastError` if a link leads out of it."""
    bound, real = os.path.realpath(root), os.path.realpath(root / path)
    if not real.startswith(bound.rstrip("/") + "/"):
        raise ForecastError(f"{path}: a link leads out of the workspace; put the folder or file itself there")
    return Path(real)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change a folder of a workspace; others wait. What a killed one was making is removed.

    Raises `ForecastError` if a link leads to the folder out of the workspace, its lock is a link, or another process
    does not come to its end.
    """
    from filelock import FileLock, Timeout

    inside(folder.parent, folder.name)
    _refuse_outside(folder)
    lock = folder / ".lock"
    with named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if lock.is_symlink() or lock.is_dir():
            raise ForecastError(f"{lock}: is a link or a folder; remove it, and run the command again")
        try:
            held = FileLock(lock, timeout=_PATIENCE, fallback_to_soft=False).acquire()
        except Timeout:
            raise ForecastError(f"{lock}: another command has been writing here for {_PATIENCE // 60} minutes; wait "
                                "until it ends, or end it, and run this one again") from None
    with held:
        for left in folder.glob(f"{SCRATCH}*/"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def named(target: Path) -> Iterator[None]:
    """Name what could not be written, whatever refused it."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:
            raise  # the current folder is gone, whatever was to be written
        raise ForecastError(f"{target}: cannot be written ({error.strerror or error}); what was there is untouched, "
                            "mend it and run the command again") from error


def write_file(path: Path, content: bytes, root: Path | None = None, made_from: Iterable[Path] = ()) -> None:
    """Write a file whole or not at all, with the mode that it has; a file that holds this already is left alone.

    A new one is no wider than the files that it is made from. No link may lead out of `root`; where that is not given,
    none may lead to the file or out of a workspace. Raises `ForecastError` if it cannot be written; what was there is
    untouched then.
    """
    if root is None and (path.is_symlink() or leads_out(path)):
        raise ForecastError(f"{path}: is a link, or behind one that leads out of the workspace; name the file itself")
    real = path if root is None else inside(root, str(path.relative_to(root)))
    with named(path):
        if not (real.is_file() and real.read_bytes() == content):
            with _made(real, content, made_from) as scratch:
                scratch.replace(real)


def remove_file(path: Path, root: Path) -> None:
    """Remove a file of a workspace, and the folders that this leaves empty; no link may lead out of the workspace."""
    inside(root, str(path.parent.relative_to(root)))
    with named(path):
        path.unlink(missing_ok=True)
        while not any((path := path.parent).iterdir()):
            path.rmdir()


def exchange(root: Path, before: Mapping[str, bytes | None], after: Mapping[str, bytes],
             made_from: Mapping[str, Iterable[Path]] | None = None) -> None:
    """Write files of a workspace, all or none, if each is still what it was; the caller holds the lock.

    `before` is what each held when the change was made, None if there was none, and `after` what each is to hold. A new
    file is no wider than the files that it is made from, if any are named.

    Raises `ChangedError` if a file was changed meanwhile; nothing is written then. Raises `ForecastError` if one cannot
    be written; what was written of the others is taken back.
    """
    places = {path: inside(root, path) for path in after}
    with ExitStack() as stack:
        ready: dict[str, Path] = {}
        kept: dict[str, Path] = {}
        refuse_changed(root, before)
        for path, place in places.items():
            with named(root / path):
                ready[path] = stack.enter_context(_made(place, after[path], (made_from or {}).get(path, ())))
                if (old := before[path]) is not None and len(after) > 1:
                    kept[path] = stack.enter_context(_made(place, old))
        done: list[str] = []
        try:
            for path, place in places.items():
                refuse_changed(root, {path: before[path]})
                with named(root / path):
                    _put(ready[path], place, is_new=before[path] is None)
                done.append(path)
        except BaseException:  # an interruption, too, must not leave one half
            for path in done:
                _take_back(places[path], kept.get(path))
            raise


def refuse_changed(root: Path, before: Mapping[str, bytes | None]) -> None:
    """Raise `ChangedError` if a file is no longer what it was."""
    for path, content in before.items():
        place = inside(root, path)
        with named(root / path):
            if content is None and os.path.lexists(root / path):
                raise ChangedError(f"{path}: is there already; take another name")
            if content is not None and (not place.is_file() or place.read_bytes() != content):
                raise ChangedError(f"{path}: was changed since; look at it again, and run the command again")


def _put(scratch: Path, place: Path, is_new: bool) -> None:
    """Move a file to its place; a new one replaces nothing, whoever was faster."""
    if not is_new:
        scratch.replace(place)
        return
    try:
        os.link(scratch, place)
    except OSError as error:
        if error.errno not in _NO_LINKS or os.path.lexists(place):
            raise
        scratch.rename(place)


def _take_back(place: Path, kept: Path | None) -> None:
    with suppress(OSError):
        if kept is None:
            place.unlink()
        else:
            kept.replace(place)


@contextmanager
def _made(place: Path, content: bytes, made_from: Iterable[Path] = ()) -> Iterator[Path]:
    """A file beside its place, flushed to disk, with the mode of the one that is there; removed at the end."""
    place.parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{SCRATCH}{place.name[:50]}-"
    for left in place.parent.glob(f"{glob.escape(prefix)}*"):
        _remove_abandoned(left)
    handle, name = tempfile.mkstemp(prefix=prefix, dir=place.parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            _dress(scratch, place, made_from)
            yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def _dress(scratch: Path, place: Path, made_from: Iterable[Path]) -> None:
    """Give a file the mode, the attributes and the owner of the one in whose place it goes."""
    if not place.exists():
        scratch.chmod(mode_of_new(made_from))
        return
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected")
    shutil.copystat(place, scratch)
    os.utime(scratch)
    owner = place.stat()
    with suppress(PermissionError):
        os.chown(scratch, owner.st_uid, owner.st_gid)


def mode_of_new(made_from: Iterable[Path] = ()) -> int:
    """The mode of a new file: what the user gives new files, but for what others may not do with those it is made from.

    So what is private stays private. What is not there, or cannot be asked, takes nothing away.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    mode = 0o666 & ~mask
    for path in made_from:
        with suppress(OSError):
            mode &= path.stat().st_mode | 0o700
    return mode


def _remove_abandoned(scratch: Path) -> None:
    """Remove a file that a killed process was making; one that is being made is locked, and stays."""
    with suppress(OSError), scratch.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        scratch.unlink()


def refuse_others(path: Path, mark: bytes) -> None:
    """Raise `ForecastError` if something without the mark of its kind has the place of a file to be written.

    Without a mark, whatever is there.
    """
    with named(path):
        if (why := _others(path, mark)) is not None:
            raise ForecastError(f"{path}: {why}; move it away, and run the command again")


def refuse_others_pictures(page: Path, pictures: Iterable[Path]) -> None:
    """Raise `ForecastError` if a picture that goes with a page would replace one that did not.

    Without a page of the program there, nothing may be in their places.
    """
    refuse_others(page, PAGE_MARK)
    for path in pictures:
        refuse_others(path, _DRAWN[path.suffix] if page.exists() else b"")


def write_marked(path: Path, content: bytes, mark: bytes) -> None:
    """Write a page, picture or table to the file that somebody named; only an earlier one with its mark is replaced.

    Raises `ForecastError` if something else is there, or the file would be among what a workspace is made of.
    """
    if mark not in content[:_HEAD]:
        raise AssertionError("what has not its mark could not be replaced later")
    refuse_place(path, mark)
    write_file(path, content)


def refuse_place(path: Path, mark: bytes) -> None:
    """Raise `ForecastError` if a page, picture or table, which has a mark, may not be written to a path."""
    with named(path):
        if leads_out(path):
            why: str | None = "a link leads out of the workspace"
        elif (folder := part_of(path)) is not None:
            why = f"belongs to {folder}/ of a workspace, where no page, picture or table is written"
        elif (seal := _seal_of(path)) is not None:
            why = f"belongs to a sealed report, whose {seal} would no longer fit"
        else:
            why = _others(path, mark)
        if why is not None:
            raise ForecastError(f"{path}: {why}; name another file")


def leads_out(path: Path) -> bool:
    """Whether a path that begins in a workspace ends outside, by a link."""
    root = _workspace_of(Path(os.path.abspath(path)))  # noqa: PTH100  links stay in it
    return root is not None and not os.path.realpath(path).startswith(os.path.realpath(root) + "/")


def _workspace_of(path: Path) -> Path | None:
    return next((folder for folder in path.parents if (folder / "priors/question.yaml").exists()), None)


def _seal_of(path: Path) -> Path | None:
    """The list of hashes that names a file, in its folder or one above it."""
    real = Path(os.path.realpath(path))
    for folder in real.parents:
        ending = f" {real.relative_to(folder).as_posix()}"
        seal = folder / SEAL
        with suppress(OSError):
            if seal.is_file() and any(line.endswith(ending) for line in seal.read_text(errors="replace").splitlines()):
                return seal
    return None


def refuse_read(folder: Path, *, priors: bool = False) -> None:
    """Raise `ForecastError` if a folder to write to is among what a workspace is read from, or behind a link out of it.

    Every verb asks this of the folder that it was told to write to, before it makes anything. `priors` lets it be in
    priors/, for what a question names; not in priors/outside/, where every file is read.
    """
    _refuse_outside(folder)
    part, real = part_of(folder / "file"), Path(os.path.realpath(folder))
    if part == "priors" and priors:
        part = part if any(each.parts[-2:] == ("priors", "outside") for each in (real, *real.parents)) else None
    if part in _READ:
        raise ForecastError(f"{folder}: belongs to {part}/ of a workspace; name another folder")


def _refuse_outside(folder: Path) -> None:
    if leads_out(folder):
        raise ForecastError(f"{folder}: a link leads out of the workspace; name another folder")


_READ = ("priors", "evidence", "archive")
"""What a workspace is read from, and what it keeps for good."""


_OF_ALL_REPORTS: tuple[list[str], ...] = ([], ["index.html"], ["feed.xml"])
"""What each report makes anew: in reports/, which is no file itself."""


def part_of(path: Path) -> str | None:
    """The folder of a workspace whose files have their own meaning, if a path is in one of these."""
    real = Path(os.path.realpath(path))
    if (root := _workspace_of(real)) is None:
        return None
    folder, *rest = real.relative_to(root).parts
    if folder in _READ or (folder == "reports" and (len(rest) > 1 or rest in _OF_ALL_REPORTS)):
        return folder
    return None


def _others(path: Path, mark: bytes) -> str | None:
    """What is in the place of a file, if it is something else than an earlier one with its mark."""
    if path.is_symlink():
        return "is a link"
    if path.exists():
        if not path.is_file():
            return "is there and is not a file"
        with path.open("rb") as stream:
            if not mark or mark not in stream.read(_HEAD):
                return "is there and was not written by forecast"
    return None
