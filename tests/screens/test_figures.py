"""What stands in charts: words from files and recipes are text there, and leave room for the bars."""

from __future__ import annotations

import re

from pages.blocks import figures


def test_what_looks_like_markup_is_text_beside_a_bar_and_on_it() -> None:
    figure = figures.bars(['<a href="//x.example">a</a> & <b>co</b>'], [3])
    for drawn in (figure.layout.yaxis.ticktext, figure.data[0].hovertext):
        assert {*re.findall("<[^>]*>", drawn[0])} <= {"<br>"}
        assert "&amp; &lt;b&gt;co&lt;/b&gt;" in drawn[0].replace("<br>", " ")


def test_of_a_long_label_the_beginning_stands_beside_its_bar_and_all_of_it_on_it() -> None:
    label = "Not an e-mail address · " + "x" * 200
    figure = figures.bars([label], [3])
    beside, on_it = figure.layout.yaxis.ticktext[0], figure.data[0].hovertext[0]
    assert max(map(len, beside.split("<br>"))) <= 34
    assert beside.startswith("Not an e-mail address")
    assert on_it.count("x") == 200
