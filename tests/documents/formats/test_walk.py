import pytest

from askew.documents.formats.boilerplate import mark
from askew.documents.formats.html import tree
from askew.documents.formats.walk import walked


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
        ("", ""),
    ],
)
def test_what_a_reader_sees(page: str, text: str) -> None:
    root = tree(f"<html><body>{page}</body></html>")
    mark(root)
    assert walked(root) == text


def test_depth_does_no_harm() -> None:
    assert walked(tree("<div>" * 2_000 + "deep")) == "deep"
