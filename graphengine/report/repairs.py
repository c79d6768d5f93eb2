"""What had to be mended to make trees of links between posts, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MENDED", "repairs_in_words"]

MENDED = {
    "repeated": "rows that repeat another",
    "to_itself": "links from a post to itself, dropped",
    "missing": "links to a parent that is not among the posts, dropped",
    "further": "links to further parents of a post that keeps one",
    "cut": "links that closed a circle, cut",
    "several_parents": "posts that name several parents",
    "rows_to_itself": "rows that link a post to itself",
    "rows_earlier": "rows whose post is earlier than its parent",
    "kept_earlier": "links kept though the post is earlier than its parent",
    "orphans": "trees whose root no row calls an original",
    "untimed": "posts without a time",
    "disagreeing": "posts whose rows state different authors or times",
    "other_root": "posts in another tree than under the root the source names",
}
_WHOLE = ("kept", "links", "originals", "posts", "rows", "trees")  # what the account is about


def repairs_in_words(repairs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Each repair of the account that was made, and how often.

    >>> repairs_in_words({"posts": 9, "cut": 1, "orphans": 0})
    [('links that closed a circle, cut', 1)]
    """
    return [
        (MENDED.get(name, name.replace("_", " ")), number)
        for name, number in repairs.items()
        if number and name not in _WHOLE
    ]
