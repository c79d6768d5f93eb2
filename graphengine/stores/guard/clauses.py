"""The walk over a statement's tokens: which words may stand where."""

from __future__ import annotations

from typing import NoReturn

from graphengine.errors import NotPermittedError

from .tokens import Token, refuse

__all__ = ["CLAUSES", "FUNCTIONS", "Walk"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLAUSES = (
    "MATCH", "OPTIONAL MATCH", "WHERE", "WITH", "UNWIND", "RETURN", "UNION [ALL]", "ORDER BY",
    "SKIP", "LIMIT",
)  # fmt: skip
FUNCTIONS = _words(
    # counting and lists
    "all any none single exists count collect sum avg min max percentilecont percentiledisc stdev "
    "stdevp count_if size length coalesce nullif ifnull range head last tail reduce reverse keys "
    "isempty list_contains list_distinct list_sort list_sum list_max list_min greatest least "
    # the graph
    "type label labels id elementid properties nodes relationships rels startnode endnode "
    "start_node end_node shortestpath allshortestpaths "
    # numbers
    "abs ceil ceiling floor round sign sqrt exp ln log log2 log10 pow e pi sin cos tan cot asin "
    "acos atan atan2 degrees radians haversin isnan "
    # text
    "tolower toupper lower upper lcase ucase trim ltrim rtrim btrim left right substring substr "
    "replace split concat contains starts_with ends_with char_length levenshtein "
    # types and times
    "cast tointeger tofloat tostring toboolean tointegerornull tofloatornull tostringornull "
    "tobooleanornull to_int64 to_double to_string to_timestamp date datetime localdatetime time "
    "duration timestamp epoch_ms date_part date_trunc"
)

_STARTS = {"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN"}
_ENDINGS = {"WHERE", "ORDER", "SKIP", "LIMIT", "UNION"}
_INFIX = {
    "AND",
    "OR",
    "XOR",
    "IN",
    "CONTAINS",
    "STARTS",
    "ENDS",
    "IS",
    "AS",
    "WHEN",
    "THEN",
    "ELSE",
}
_CLOSING = {"END", "ASC", "DESC", "ASCENDING", "DESCENDING"}
_PREFIX = {"NOT", "DISTINCT", "CASE"}
_KEYWORDS = _STARTS | _ENDINGS | _INFIX | _CLOSING | _PREFIX | {"BY"}
_REFUSED = _words(
    "ALTER ATTACH BEGIN CALL CHECKPOINT COMMIT COPY CREATE CYPHER DELETE DENY DETACH DROP EXPLAIN "
    "EXPORT EXTENSION FILTER FINISH FOREACH GRANT IMPORT INSERT INSTALL LET LOAD MACRO MERGE NEXT "
    "PROFILE PROJECT REMOVE REVOKE ROLLBACK SET SHOW START STOP TERMINATE UNINSTALL UPDATE USE "
    "USING YIELD"
)
_PHRASES = {  # word -> the word that must follow it
    "OPTIONAL": "MATCH", "ORDER": "BY", "STARTS": "WITH", "ENDS": "WITH",
}  # fmt: skip
_SUBQUERIES = {"EXISTS", "COUNT", "COLLECT"}
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_DEEPEST = 100  # brackets within brackets: both engines' parsers recurse
_CASES = 10  # CASE within CASE: Ladybug 0.22 takes 1 s for 18 and 11 s for 22, time limit or not


class Walk:
    """One pass over the tokens; ``want`` says what may come next.

    clause: only a clause; value: an operand; after: an operand has ended, so only an infix word or
    a clause; key: a key of a map. ``frames`` are the open brackets; "sub" is a query.
    """

    def __init__(self, statement: str, tokens: list[Token]) -> None:
        self.statement = statement
        self.tokens = tokens
        self.i = 0
        self.want = "clause"
        self.naming = -1  # the place where a word is a property (a.set), label or type (:SET)
        self.frames = ["sub"]
        self.cases = 0

    def run(self) -> None:
        """Walk to the end, or refuse."""
        if not self.tokens or self.tokens[0].text == ";":
            raise NotPermittedError(f"The statement is empty: write one of {', '.join(CLAUSES)}.")
        while self.i < len(self.tokens):
            token = self.tokens[self.i]
            if token.kind == "word":
                self._word(token)
            elif token.kind == "mark":
                self._mark(token)
            else:
                self._literal(token)
            self.i += 1
        if len(self.frames) > 1:
            self._refuse(self.tokens[-1], f"A missing bracket after {self.tokens[-1].text}", "")

    def _peek(self, offset: int = 1) -> Token:
        j = self.i + offset
        return self.tokens[j] if 0 <= j < len(self.tokens) else Token("none", "", 0)

    def _refuse(self, token: Token, what: str, why: str) -> NoReturn:
        refuse(
            self.statement,
            token.at,
            what=what,
            why=why or "the statement cannot be read without it",
        )

    def _clause_refused(self, token: Token) -> NoReturn:
        self._refuse(
            token, token.upper or token.text,
            f"a query holds {', '.join(CLAUSES)} and nothing else, one statement at a time. "
            f"If it is a name of yours, write it in backticks: `{token.text.strip('`')}`",
        )  # fmt: skip

    def _literal(self, token: Token) -> None:
        if token.kind == "name" and self._peek().text == "(" and self._peek(-1).text != ":":
            self._refuse(
                token, f"The call of {token.text}", "functions are called without backticks"
            )
        if self.want in {"clause", "after"}:
            self._clause_refused(token)
        self.want = "after"

    def _word(self, token: Token) -> None:
        if self.want == "key":
            self._key(token)
        elif self.naming == self.i:
            self._named(token)
        elif token.upper in _REFUSED:
            self._clause_refused(token)
        elif self.want == "value":
            self._value(token)
        elif token.upper in _STARTS or (self.want == "after" and token.upper in _ENDINGS):
            self._clause(token)
        elif self.want == "after" and token.upper in _INFIX | _CLOSING:
            self._infix(token)
        else:
            self._clause_refused(token)

    def _key(self, token: Token) -> None:
        """A key of a map, with its colon; or a property of a map projection."""
        if self._peek(-1).text == ".":
            self.want = "after"
            return
        if self._peek().text != ":":
            self._refuse(token, token.text, "a key of a map is followed by a colon")
        self.i += 1
        self.want = "value"

    def _named(self, token: Token) -> None:
        if self._peek(-1).text == "." and self._peek().text == "(":
            call = self._full_name()
            why = "functions and procedures of a namespace reach outside of the query"
            self._refuse(token, f"The call of {call}", why)
        self.want = "after"

    def _full_name(self) -> str:
        """The name that ends here, with the names before its points."""
        first = 0
        while self._peek(first - 1).text == ".":
            first -= 2
        return "".join(self._peek(offset).text for offset in range(first, 1))

    def _value(self, token: Token) -> None:
        word = token.upper
        if word in _PREFIX:
            self._count_cases(token)
            self._follow("CASE", "WHEN")
        elif word in _KEYWORDS:
            why = f"a value or a name must stand there; a name is written in backticks: `{token.text}`"
            self._refuse(token, word, why)
        elif self._peek().text == "(" and token.text.lower() not in FUNCTIONS:
            known = "only functions of counting, numbers, text, times and the graph may be called"
            self._refuse(token, f"The call of {token.text}", known)
        else:
            self.want = "after"

    def _clause(self, token: Token) -> None:
        word = token.upper
        if self.frames[-1] != "sub" and not (word == "WHERE" and self.frames[-1] != "{"):
            self._refuse(token, f"{word} within brackets", "a clause stands outside of brackets")
        self._phrase(token)
        self.want = "value"
        if word == "UNION":
            self._follow("UNION", "ALL")
            self.want = "clause"

    def _infix(self, token: Token) -> None:
        word = token.upper
        self._count_cases(token)
        self._phrase(token)
        self.want = "after" if word in _CLOSING else "value"
        if word == "IS":
            self._follow("IS", "NOT")
            self.i += 1
            self.want = "after"
            if self._peek(0).upper != "NULL":
                self._refuse(token, "IS", "it is followed by NULL or NOT NULL")

    def _count_cases(self, token: Token) -> None:
        self.cases += {"CASE": 1, "END": -1}.get(token.upper, 0)
        if self.cases > _CASES:
            self._refuse(token, "CASE", f"more than {_CASES} of them lie within each other")

    def _phrase(self, token: Token) -> None:
        second = _PHRASES.get(token.upper)
        if second is not None and not self._follow(token.upper, second):
            self._refuse(token, token.upper, f"it is followed by {second}")

    def _follow(self, first: str, second: str) -> bool:
        """Step onto ``second`` if the word here is ``first`` and ``second`` comes next."""
        both = self._peek(0).upper == first and self._peek().upper == second
        self.i += both
        return both

    def _mark(self, token: Token) -> None:
        if token.text in "([{":
            self._open(token)
        elif token.text in _CLOSERS:
            if self._peek(-1).text == "" or len(self.frames) == 1 or not self._fits(token.text):
                self._refuse(token, token.text, "no such bracket is open there")
            self.frames.pop()
            self.want = "after"
        elif token.text == ";":
            self._end(token)
        elif self.want == "clause":
            self._clause_refused(token)
        else:
            self._operator(token)

    def _fits(self, closer: str) -> bool:
        return (self.frames[-1] if self.frames[-1] != "sub" else "{") == _CLOSERS[closer]

    def _open(self, token: Token) -> None:
        if self.want == "clause" and (token.text != "(" or len(self.frames) == 1):
            self._clause_refused(token)
        if len(self.frames) > _DEEPEST:
            self._refuse(token, token.text, f"brackets lie more than {_DEEPEST} deep")
        query = token.text == "{" and self._peek(-1).upper in _SUBQUERIES
        self.frames.append("sub" if query else token.text)
        self.want = "clause" if query else "key" if token.text == "{" else "value"

    def _end(self, token: Token) -> None:
        if self.i + 1 < len(self.tokens):
            self._refuse(token, "A second statement", "send one statement at a time")

    def _operator(self, token: Token) -> None:
        star = token.text == "*" and self._peek(-1).upper in {"RETURN", "WITH", "DISTINCT"}
        stays = self.want == "key" and token.text in ".*"
        property_follows = self.want == "after" and self._peek(-1).kind != "number"
        if token.text == ":" or (token.text == "." and property_follows):
            self.naming = self.i + 1
        if star:
            self.want = "after"
        elif not stays:
            self.want = "key" if token.text == "," and self.frames[-1] == "{" else "value"
