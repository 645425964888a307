from helpers.kinds import KINDS

from askew.recommend.corpus_features import corpus_features, entry_share
from askew.recommend.text_stats import side_stats
from askew.types import Document


def weights(*documents: Document) -> dict[str, float]:
    own = side_stats([document.text for document in documents], [document.title for document in documents])
    return {sign.name: sign.weight for sign in corpus_features(documents, documents, own)}


def texts(*given: str) -> list[Document]:
    return [Document(str(number), text) for number, text in enumerate(given)]


def test_a_corpus_of_questions_is_searched_with_questions() -> None:
    assert weights(*KINDS["questions"].documents)["questions"] < -1.5


def test_documents_that_share_titles_are_parts_that_were_cut_for_search() -> None:
    parts = [Document(str(n), f"The town has {n} mills.", f"Town {n // 4}") for n in range(16)]
    assert weights(*parts)["parts"] == 1
    assert weights(*texts("One mill.", "Two mills."))["parts"] == 0


def test_copies_entries_messages_and_reports_are_seen() -> None:
    assert weights(*texts("The mill is old.", "The  mill is OLD.", "The port is new."))["copies"] < 0
    assert weights(*KINDS["entries"].documents)["question and answer"] > 1
    assert weights(*KINDS["tweets"].documents)["messages"] < 0
    said = "The mayor said on Monday that the mill will not be sold, and that it is for the town to use it."
    assert weights(*texts(said, said + " He is right."))["reports"] < -1
    assert weights(*texts("市长星期一表示，磨坊不会被出售。"))["reports"] < -1


def test_long_texts_hold_answers_and_short_ones_do_not() -> None:
    assert weights(*texts("The mill is old. " * 30))["length"] > 0.5
    assert weights(*texts("old mill"))["length"] < -0.5


def test_an_entry_may_have_its_question_as_title_or_as_first_sentence() -> None:
    answer = "It is by the lake. You cannot miss it."
    given = [Document("a", answer, "Where is the mill?"), Document("b", f"Where is the mill? {answer}"),
             Document("c", answer, "The mill"), Document("d", "Where is it then?", "Where is the mill?")]  # fmt: skip
    own = side_stats([document.text for document in given], [document.title for document in given])
    assert entry_share(given, own) == 0.5
