"""A statement cut into tokens, and what engines would read differently from each other refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from graphengine.errors import NotPermittedError

__all__ = ["Token", "check_characters", "cut", "refuse"]

_LONGEST = 10_000  # characters; Ladybug 0.22 takes 16 s for a sum of 5,000 terms, time limit or not

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\n\r]+ | //[^\n\r]* | /\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
      | (?P<name>(?:`[^`]*`)+)
      | (?P<parameter>\$(?:\w+|(?:`[^`]*`)+))
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<mark>[()\[\]{}.,:|<>=+\-*/%^&!;~])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # control, surrogate, line and paragraph separators
_UNFINISHED = {"'": "text", '"': "text", "`": "name", "/": "comment"}
_ESCAPES = frozenset("\\'\"`btnfr")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a statement: its kind (a group of the pattern above), text and offset."""

    kind: str
    text: str
    at: int

    @property
    def upper(self) -> str:
        """A word in upper case; "" for anything that is not a word."""
        return self.text.upper() if self.kind == "word" else ""


def refuse(statement: str, at: int, *, what: str, why: str) -> NoReturn:
    """Raise NotPermittedError: ``what`` at the line and column of offset ``at``, and ``why``."""
    line = statement.count("\n", 0, at) + 1
    column = at - (statement.rfind("\n", 0, at) + 1) + 1
    raise NotPermittedError(f"{what} at line {line}, column {column} is not allowed: {why}.")


def check_characters(statement: str) -> None:
    """Refuse what engines read differently from each other, wherever it stands."""
    if len(statement) > _LONGEST:
        raise NotPermittedError(
            f"the statement has {len(statement)} characters, and {_LONGEST} are allowed: "
            "give long lists as parameters"
        )
    if (found := re.search(r"\\[uU]", statement)) is not None:
        why = "Neo4j turns it into another character before it reads; give the text as a parameter"
        refuse(statement, found.start(), what="A unicode escape", why=why)
    if (found := re.search(r"\r(?!\n)", statement)) is not None:
        refuse(statement, found.start(), what="A carriage return", why="end lines with a line feed")
    for at, character in enumerate(statement):
        if character not in "\t\n\r" and unicodedata.category(character) in _UNSEEN:
            why = "write spaces and line feeds, and give other text as a parameter"
            refuse(statement, at, what=f"The character U+{ord(character):04X}", why=why)


def cut(statement: str) -> tuple[list[Token], str]:
    """The tokens, and the statement with its comments blanked."""
    tokens: list[Token] = []
    parts: list[str] = []
    at = 0
    while at < len(statement):
        match = _TOKEN.match(statement, at)
        if match is None or (match.lastgroup == "mark" and statement.startswith("/*", at)):
            _unreadable(statement, at)
        kind, text = match.lastgroup or "", match.group()
        if kind == "blank":
            _comment(statement, at, text)
            parts.append(re.sub(r"[^\n]", " ", text))
        else:
            if kind == "string":
                _escapes(statement, at, text)
            tokens.append(Token(kind, text, at))
            parts.append(text)
        at = match.end()
    return tokens, "".join(parts)


def _unreadable(statement: str, at: int) -> NoReturn:
    character = statement[at]
    if (what := _UNFINISHED.get(character)) is not None:
        refuse(
            statement,
            at,
            what=f"An unfinished {what}",
            why=f"it begins with {character} and never ends",
        )
    why = "outside of texts, comments and `names` a statement is plain ASCII without such marks"
    refuse(statement, at, what=f"The character {character!r} (U+{ord(character):04X})", why=why)


def _comment(statement: str, at: int, text: str) -> None:
    if text.startswith("/*") and "/*" in text[2:]:
        why = "comments do not nest; write one comment, or // lines"
        refuse(statement, at, what="A comment within a comment", why=why)


def _escapes(statement: str, at: int, text: str) -> None:
    for found in re.finditer(r"\\(.)", text, re.DOTALL):
        if found.group(1) not in _ESCAPES:
            why = "not every engine knows it; give the text as a parameter"
            refuse(statement, at + found.start(), what=f"The escape {found.group()}", why=why)
