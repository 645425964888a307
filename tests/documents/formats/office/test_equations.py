import pytest
from lxml import etree

from askew.documents.formats.office.equations import equation, raised


def math(xml: str) -> str:
    return equation(etree.fromstring(f'<m:oMath xmlns:m="m">{xml}</m:oMath>'))


def r(text: str) -> str:
    return f"<m:r><m:rPr/><m:t>{text}</m:t></m:r>"


def e(text: str, name: str = "e") -> str:
    return f"<m:{name}>{r(text)}</m:{name}>"


def fraction(top: str, bottom: str) -> str:
    return f"<m:f>{e(top, 'num')}{e(bottom, 'den')}</m:f>"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (r("Q=") + fraction("k A", "d"), "Q=k A/d"),
        (fraction("a+b", "2 c"), "(a+b)/(2 c)"),
        (f"<m:sSup>{e('x')}{e('2', 'sup')}</m:sSup>", "x²"),
        (f"<m:sSup>{e('a+b')}{e('n-1', 'sup')}</m:sSup>", "(a+b)ⁿ⁻¹"),
        (f"<m:sSup>{e('x')}{e('k', 'sup')}</m:sSup>", "x^k"),
        (f"<m:sSup>{e('45')}{e('∘', 'sup')}</m:sSup>", "45°"),
        (f"<m:sSubSup>{e('x')}{e('1', 'sub')}{e('2', 'sup')}</m:sSubSup>", "x₁²"),
        (f"<m:rad><m:deg/>{e('a+b')}</m:rad>", "√(a+b)"),
        (f"<m:rad>{e('3', 'deg')}{e('x')}</m:rad>", "∛x"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>{e("1", "sub")}{e("n", "sup")}{e("x")}</m:nary>',
            "∑₁ⁿ x",
        ),
        (f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr>{e("a")}{e("b")}</m:d>', "[a|b]"),
        (f"<m:m><m:mr>{e('a')}{e('b')}</m:mr><m:mr>{e('c')}{e('d')}</m:mr></m:m>", "[a, b; c, d]"),
        (f"<m:func>{e('sin', 'fName')}{e('x')}</m:func>", "sin x"),
        (f'<m:acc><m:accPr><m:chr m:val="¯"/></m:accPr>{e("x")}</m:acc>', "x\u0305"),
        (r("a\u2061b"), "ab"),
    ],
)
def test_an_equation_is_one_line_of_text(xml: str, text: str) -> None:
    assert math(xml) == text


def test_only_figures_become_superscripts() -> None:
    assert [raised(text) for text in ("2", "-3", "st", "", " ")] == ["²", "⁻³", "st", "", " "]
