import re
from pathlib import Path

from helpers.cli import Here


def test_the_first_five_minutes(askew: Here, tmp_path: Path) -> None:
    outcome = askew("demo", "--into", "here")
    assert outcome.code == 0
    assert int(re.search(r"by meaning +(\d+) of 30", outcome.out)[1]) >= 28
    assert int(re.search(r"by words \(BM25\) +(\d+) of 30", outcome.out)[1]) <= 10
    assert "Of 30 planted paraphrases 30 are found, among 30 that are called the same." in outcome.out
    assert "10 are called what they are" in outcome.out
    assert 'askew search here/askew-demo-handbook "can I bring my dog to work?"' in outcome.out
    hit = askew("search", "here/askew-demo-handbook", "can I bring my dog to work?", "--json").json["hits"][0]
    assert hit["id"] == "pets-at-work.md"
    assert askew("demo", "--into", "here").code == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "askew-demo-handbook.askew",
        "askew-demo-support.askew",
    ]
