import pytest

from askew.documents.formats.web.boilerplate import mark
from askew.documents.formats.web.html import tree
from askew.documents.formats.web.walk import walked


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<h1>A <b>b</b></h1><p>one\n two<br>three</p>four<div>five</div>", "# A b\n\none two\nthree\n\nfour\n\nfive"),
        ("<ul><li>a<ul><li>b</ul><li><p>c</p><p>d</p></ul>", "- a\n  - b\n- c\n\nd"),
        ("<ol><li>a<li>b</ol><p>c", "1. a\n2. b\n\nc"),
        (
            "<table><caption>C</caption><tr><th>a<th>b<tr><td>1|2<td><p>3</p><p>4</p></table>",
            "C\n\n| a | b |\n| 1\\|2 | 3 4 |",
        ),
        ("<table><tr><td><table><tr><td>a</table><td><h2>b</h2></table>", "a\n\n## b"),
        ("<table><tr><td>a<tr><td>b</table>", "a\n\nb"),
        ("<pre># a\n  b</pre><p># c", "```\n# a\n  b\n```\n\n\\# c"),
        ("<dl><dt>a<dd>b</dl><blockquote>c</blockquote>", "a\n\nb\n\nc"),
        ("<p>a<!-- no --><script>no</script> b</p><style>no</style><nav>no</nav>c", "a b\n\nc"),
        ("<p hidden>no</p><p style='display: none'>no</p><div role=navigation>no</div><template>no</template>a", "a"),
        ("<p>a<p>b<td>c</li></ul></table></pre>d", "a\n\nb\n\ncd"),
        ("<form>a <select><option>no</select><label>b</label></form>", "a b"),
        (
            "<label>Ship <input value='Otter'></label> <input type=hidden value=no><input type=submit value=no>"
            "<textarea>A new mast.</textarea><select><option>no<option selected>Pier 9</select>",
            "Ship Otter A new mast. Pier 9",
        ),
        ("<p>a <img src=x alt='A map of b'> <img alt=IMG_12.jpg><img alt='photo.png'><img> c", "a A map of b c"),
        ("<figure><img alt='A map'><figcaption>A map of the bay</figcaption></figure>", "A map of the bay"),
        ("<svg><title>Flow</title><path/><text>Call <tspan>Ann</tspan></text></svg>", "Flow. Call Ann"),
        ("<a href=x><svg><title>no</title></svg>a</a>", "a"),
        (
            "<h2><button>Why?</button></h2><button>no</button><button aria-expanded=false>How?</button>",
            "## Why?\n\nHow?",
        ),
        ("<ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp>京<rt>きょう</rt></ruby>へ", "東京へ"),
        (
            "10 m<sup>2</sup>, 10<sup>-3</sup>, 4<sup>th</sup>, x<sup>a+b</sup>, H<sub>2</sub>O",
            "10 m², 10⁻³, 4th, x^(a+b), H2O",
        ),
        ("15<sup><a href='#n3'>3</a></sup> euros<sup>[1]</sup>", "15³ euros[1]"),
        (
            "<math><mi>Q</mi><mo>=</mo><mfrac><mrow><mi>k</mi><mi>A</mi></mrow><mi>d</mi></mfrac><mo>+</mo>"
            "<msup><mi>x</mi><mn>2</mn></msup><msqrt><mi>y</mi></msqrt><msub><mi>z</mi><mi>i</mi></msub></math>",
            "Q = kA/d + x²√yz_i",
        ),
        ("<math><semantics><mi>x</mi><annotation>no</annotation></semantics></math>", "x"),
        (
            "<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5<tr><td>6<td colspan=2>7</table>",
            "| a | b | c |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |\n| 6 | 7 | 7 |",
        ),
        (
            "<table><tr><td colspan=3>All<tr><td>1<td>1<td>1<tr><td rowspan=0>2<td>3<td>4</table>",
            "| All |\n| 1 | 1 | 1 |\n| 2 | 3 | 4 |",
        ),
        ("<table><tr><td colspan=x>1<td colspan=99999999999>2<td>3</table>", f"| 1 |{' 2 |' * 50} 3 |"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(page: str, text: str) -> None:
    root = tree(f"<html><body>{page}</body></html>")
    mark(root)
    assert walked(root) == text


def test_depth_does_no_harm() -> None:
    assert walked(tree("<div>" * 2_000 + "deep")) == "deep"
