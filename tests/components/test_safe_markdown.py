"""Text from models made inert: no image, no script, no link but plain ones; code and words stay."""

from __future__ import annotations

import time

import pytest

from components.safe_markdown import safe_markdown

IMAGES = [
    "![x](http://e.example/?d=1)",
    "![x][r]",
    "![x",
    "![x]",
    "![](http://e.example)",
    "![a\nb](http://e.example)",
    '![a](<http://e.example/a b> "t")',
    "![[x]](http://e.example)",
    "![a](http://e.example/(b)c)",
    "[![x](http://e.example)](http://f.example)",
    "!\\[x](y) ![z](w)",
    "~~~\n![in code](x)\n~~~\n![x](http://e.example)",
    "    ```\n![x](http://e.example)",
    "````\n```\n````\n![x](http://e.example)",
    "```\n``` text\n```\n![x](http://e.example)",
    "``` a`b\n![x](http://e.example)",
]


@pytest.mark.parametrize("text", IMAGES)
def test_no_image_is_left(text: str) -> None:
    outside = safe_markdown(text).split("~~~")[-1]
    assert "![" not in outside


def test_an_image_is_named() -> None:
    assert safe_markdown("a ![a pump](http://e.example/p.png) b") == r"a \[image removed: a pump\] b"


def test_definitions_of_references_go() -> None:
    assert safe_markdown("text\n[r]: http://e.example/\nmore") == "text\n\nmore"


@pytest.mark.parametrize("text", ["```\n![x](y)\n```", "~~~py\n![x](y) $5\n~~~", "```\n![x](y)"])
def test_code_stays_as_it_is(text: str) -> None:
    assert "![x](y)" in safe_markdown(text)


def test_a_language_tag_goes() -> None:
    assert safe_markdown("```sql\nSELECT 1\n```\nend") == "```\nSELECT 1\n```\nend"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("[a](javascript:alert(1))", "a"),
        ("[a]( javascript:alert(1))", "a"),
        ("[a](java&#115;cript:alert(1))", "a"),
        ("[a](javascript&colon;alert(1))", "a"),
        ("[a](data:text/html,x)", "a"),
        ("[a](//e.example)", "a"),
        ("<javascript:alert(1)>", "javascript:alert(1)"),
        ("[a](https://e.example/?a=1&b=2)", "[a](https://e.example/?a=1&b=2)"),
        ("[a](/chat)", "[a](/chat)"),
        ("<https://e.example>", "<https://e.example>"),
    ],
)
def test_links(text: str, safe: str) -> None:
    assert safe_markdown(text) == safe


def test_money_is_no_formula() -> None:
    assert safe_markdown("from $5 to $10, but $x^2$") == r"from \$5 to \$10, but $x^2$"


def test_line_separators_of_unicode_open_no_fence() -> None:
    assert "![" not in safe_markdown("a\u2028```\n![x](http://e.example)")


@pytest.mark.parametrize("piece", ["![", "![a", "![a](", "[a](", "[a", "<a:", "```\n", "!\\["])
def test_long_hostile_text_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    safe_markdown(piece * 20_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (r"\(a^2 + b^2\) is", "$a^2 + b^2$ is"),
        ("\\[\n\\sum_i x_i\n\\]", "$$\n\\sum_i x_i\n$$"),
        (r"\(2x\) for $5", r"$2x$ for \$5"),
        (r"half \(open", r"half \(open"),
        ("```\n\\(a\\)\n```", "```\n\\(a\\)\n```"),
    ],
)
def test_formulas_are_put_into_dollars(text: str, safe: str) -> None:
    assert safe_markdown(text) == safe
