"""Python of 3.12 and later, made readable for older ones."""

from __future__ import annotations

import ast

import pytest

from gracelint.syntax.code.newer import plainer


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('f"{d["a"]} b"\n', 'f"{0     } b"\n'),
        ("f'{'x' if y else 'z'!r:>{w}}'\n", "f'{0                       }'\n"),
        ("f'{{no}} {f'{a['b']}'}'\n", "f'{{no}} {0          }'\n"),
        ("def f[T: list[int]](a: T): ...\n", "def f              (a: T): ...\n"),
        ("class C[T]:\n    x = 1\n", "class C   :\n    x = 1\n"),
        ("type A[T] = list[T]\n", "A[T] =      list[T]\n"),
        ("x = '{a}' # it's {\ny = f'{b}'\n", "x = '{a}' # it's {\ny = f'{0}'\n"),
        ('f"""{\n"a"\n}"""\n', 'f"""{\n0  \n}"""\n'),
    ],
)
def test_what_is_new_is_replaced_at_its_place(text: str, plain: str) -> None:
    assert plainer(text) == plain
    if not text.startswith('f"""'):
        ast.parse(plain.replace("A[T] =      ", "A =         "))


@pytest.mark.parametrize("text", ["f'" + "{" * 9999, "f'{f'{" * 5000, "f'{'" * 5000, "'" * 9999])
def test_hostile_text_keeps_its_length(text: str) -> None:
    assert len(plainer(text)) == len(text)
