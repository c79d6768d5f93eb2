"""A hundred names that nobody should ever have chosen, for accounts, topics and jobs."""

from __future__ import annotations

__all__ = ["HOSTILE", "hostile_names"]

_BREAKING = (
    "'", '"', "`", "\\", "''", '""', "``", "\\'", '\\"', "\\`", "'\"`\\", "{", "}", "{}", "}}", "$", "$job",
    "$a[i]", "${HOME}", "%s", "{0}", "{job}", "#{x}", "<%= 1 %>", "{{7*7}}", "%(name)s", "//", "/* */", "--", ";",
    "}) DETACH DELETE n //", "'}) DETACH DELETE n //", '"}) DETACH DELETE n //',
    "`}) MATCH (n) DETACH DELETE n //", "' OR 1=1 //", "' OR true RETURN n //",
    "x'}) WITH 1 AS one MATCH (n) DETACH DELETE n RETURN 1 //",
    "\\u0027}) DETACH DELETE n //", "\\u0060) DETACH DELETE n //", "\\u0022}) DETACH DELETE n //",
    "a` SET n.hacked = true //", "x]) DELETE r //", "$x) CALL db.labels() YIELD label //",
    "' + (MATCH (n) DELETE n) + '", "'; DROP TABLE accounts; --", "LOAD CSV FROM 'file:///etc/passwd' AS x",
    "CALL dbms.listConfig()", "CALL { MATCH (n) DETACH DELETE n }", "apoc.cypher.run('x', {})",
    "MATCH (n) DETACH DELETE n", "DETACH DELETE n", "null", "NULL", "true", "false", "NaN", "Infinity", "-1",
    "0", "1e309", "undefined", "None", "nan",
)  # fmt: skip
_STRANGE = (
    "\xe9", "e\u0301", "\xdf", "\u0130", "\u0131", "\ufb01", "\u65e5\u672c\u8a9e",
    "\ud55c\uad6d\uc5b4", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u05e2\u05d1\u05e8\u05d9\u05ea", "\u202eevil\u202c", "\u200f", "a\u200bb", "\u200d",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0010ffff", "\ufffd", "\ua66e",
    "a\u0300\u0301\u0302\u0303", "\u03a9", "\u03a9", "`", "a\u2028b", "a\xa0b", "\xad",
    "\u202e}) DELETE n //", "\U0001d49c\U0001d4b7\U0001d4b8", "\u2177", "\u2026",
)  # fmt: skip
_SHAPED = (
    "a b", "a, b", "a;b", "a:b", "a|b", "a/b", "../../etc/passwd", "C:\\con", "x=y", "a&b", "a?b", "a#b",
    "@handle", "#topic", "x" * 500, "(" * 100,
)  # fmt: skip
HOSTILE = (*_BREAKING, *_STRANGE, *_SHAPED)


def hostile_names() -> list[str]:
    """The distinct names, in order.

    >>> len(hostile_names()) >= 100, len(set(hostile_names())) == len(hostile_names())
    (True, True)
    """
    return list(dict.fromkeys(HOSTILE))
