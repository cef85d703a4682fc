"""Bytes to text, and text to scalars: what YAML and CSV files have in common."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8
from typing import Any

LARGEST = 16 * 2**20
"""Bytes of the largest file that is read."""

_DIGITS = 400
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True), **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))}
# YAML 1.1 breaks lines at U+0085, U+2028 and U+2029, YAML 1.2 does not: readers disagree, so they are refused too.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAK = re.compile(r"\r\n?|\n")


class Refused(Exception):  # noqa: N818  it is a verdict on a text, not a fault of the program
    """A text that cannot be used; the message says why, and what to write instead."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line


def decoded(data: bytes) -> str:
    """Turn the bytes of a file into text; `Refused` unless they are UTF-8 without control characters.

    A byte order mark before UTF-8, which spreadsheets and some editors write, is left out of the text.
    """
    if len(data) > LARGEST:
        raise Refused(f"is larger than {LARGEST >> 20} MiB; split it into several files")
    if data.startswith(b"PK\x03\x04"):
        raise Refused("is a workbook of a spreadsheet, or another archive; save its table as CSV in UTF-8")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")) or b"\0" in data[:4]:
        raise Refused("is UTF-16, UTF-32 or no text at all; save it as UTF-8")
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(f"is not UTF-8 (byte 0x{data[error.start]:02X} in line {line}); save it as UTF-8") from None
    if (position := control(text)) is not None:
        line = len(_BREAK.findall(text, 0, position)) + 1
        raise Refused(f"the control character U+{ord(text[position]):04X} stands here; remove it", line)
    return text


def control(text: str) -> int | None:
    """Position of the first control character or half a letter, breaks and tabs excepted; None if there is none."""
    match = _CONTROL.search(text)
    return match.start() if match else None


def unwritable(text: str) -> str | None:
    """Why a text cannot stand in a file, and what to do; None if it can."""
    if (position := control(text)) is None:
        return None
    code = ord(text[position])
    if 0xD800 <= code <= 0xDFFF:  # how Python holds what it could not decode
        return "holds a byte that is not UTF-8, or half a letter; write it in UTF-8"
    return f"holds the control character U+{code:04X}; remove it"


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: it is empty, or all spaces and characters without a width."""
    return all(sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf") for sign in text)


def replaced(text: str) -> str:
    """A text that a file may hold: U+FFFD stands for each control character and each half of a letter."""
    whole = text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", whole)


def scalar(text: str) -> Any:
    """Resolve a plain scalar by the core schema of YAML 1.2.2, section 10.3.

    `no` is a text, `010` is ten, and a date or `1:30` stays a text. `Refused` if a number is longer than any needs.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    decimal = _DECIMAL.fullmatch(text)
    if decimal is None and not (text[:2] in ("0o", "0x") and _BASED.fullmatch(text)):
        return text
    if len(text) > _DIGITS:
        raise Refused(f"{text[:12]}... is a number of {len(text)} characters; write a shorter one")
    if decimal is None:
        return int(text[2:], 8 if text[1] == "o" else 16)
    return float(text) if any(decimal.groups()) else int(text)
