import pytest

from askew import Document, Index
from askew.errors import InputError
from askew.explain.explain import COMPARED, check_document, near_ids

IDS = ["annual-leave.md", "family-leave.md", "pets.md", "manuals/Pumps/series-7.pdf", "manuals/pumps/series-9.pdf"]


def test_slips_parts_and_other_capitals_are_near() -> None:
    assert near_ids("famly-leave.md", IDS)[0] == "family-leave.md"
    assert near_ids("PETS.MD", IDS) == ["pets.md"]
    assert near_ids("series-7.pdf", IDS)[0] == "manuals/Pumps/series-7.pdf"
    assert near_ids("pumps", IDS) == ["manuals/Pumps/series-7.pdf", "manuals/pumps/series-9.pdf"]
    assert near_ids("zzz", IDS) == []


def test_of_very_many_ids_those_that_begin_alike_are_compared() -> None:
    ids = [f"{number:09d}.txt" for number in range(COMPARED + 5000)]
    assert near_ids("000024999.tx", ids)[0] == "000024999.txt"


def test_an_unknown_document_is_refused_with_near_ids(small: Index) -> None:
    small.add([Document("leave.md", "28 days"), Document("pets.md", "dogs")])
    check_document(small.store, "pets.md")
    with pytest.raises(InputError, match=r"no document 'pet\.md'\. Did you mean pets\.md"):
        check_document(small.store, "pet.md")
    with pytest.raises(InputError, match=r"no document 'zz'\. `askew search` shows"):
        check_document(small.store, "zz")
