"""What libyaml says of text that is no YAML, in words for people."""

from __future__ import annotations

_WORDS = {
    "did not find expected ',' or ']'": "a `,` or the closing `]` of this list is missing",
    "did not find expected ',' or '}'": "a `,` or the closing `}` of this mapping is missing",
    "did not find expected key": "this line is indented otherwise than its mapping",
    "did not find expected '-' indicator": "this line is indented otherwise than its list",
    "could not find expected ':'": "a `:` is missing: this line is no `key: value`",
    "mapping values are not allowed in this context": (
        "no `:` can stand here: a value is not quoted, or the line is indented too far"
    ),
    "block sequence entries are not allowed in this context": "no list item can begin here",
    "found character that cannot start any token": (
        "no value can begin with this character, and tabs do not indent: quote it"
    ),
    "found unexpected end of stream": "a quotation is not closed",
    "found unexpected document indicator": "a document begins before a quotation is closed",
    "found a tab character that violates indentation": "a tab indents this line: use spaces",
    "found unknown escape character": (
        "in double quotes `\\` begins an escape, and this is none: write `\\\\`"
    ),
    "did not find expected tag URI": "`!` begins a tag, and this is none: quote the value",
    "found undefined alias": "no anchor of this name stands above",
    "found duplicate anchor": "the anchor has its name twice",
    "did not find expected <document start>": (
        "text stands behind the end of the document, or further left than its first line"
    ),
}


def said(problem: str) -> str:
    """The same in plain words, where it is one of the usual problems."""
    return _WORDS.get(problem, problem)
