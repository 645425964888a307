from pathlib import Path

import pytest

from askew.errors import InputError
from askew.faq.faq import Faq
from askew.faq.place import is_faq, refuse
from askew.index import Index


def test_a_folder_with_two_indexes_is_a_faq_and_one_index_is_none(tmp_path: Path) -> None:
    Faq.create(tmp_path / "help", question_model="hashing", answer_model="hashing").close()
    Index.create(tmp_path / "book", "question-answering", model="hashing").close()
    assert is_faq(tmp_path / "help")
    assert is_faq(tmp_path / "help.askew")
    assert not is_faq(tmp_path / "book")
    assert not is_faq(tmp_path / "none")
    refuse(tmp_path / "book")
    with pytest.raises(InputError, match="askew faq"):
        refuse(tmp_path / "help")
