"""`askew keys`, and indexes with access control on the command line."""

from pathlib import Path

from helpers.cli import Here


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(askew: Here, tmp_path: Path) -> None:
    made = askew("keys", "add", ".", "reader", "--index", "a-*", "--action", "read", "--group", "staff", "--json").json
    assert made["key"].startswith(f"askew_{made['id']}_")
    listed = askew("keys", "list", ".", "--json")
    assert listed.json["keys"] == [{name: value for name, value in made.items() if name != "key"}]
    assert made["key"].rpartition("_")[2] not in listed.out
    assert askew("keys", "list", ".").code == 0
    assert askew("keys", "revoke", ".", made["id"]).code == 0
    assert askew("keys", "list", ".", "--json").json == {"keys": []}


def test_what_is_no_right_or_key_is_refused(askew: Here) -> None:
    for wrong in (
        ("keys", "add", ".", "x", "--action", "fly"),
        ("keys", "add", ".", "x", "--index", "../x"),
        ("keys", "add", "nowhere", "x"),
        ("keys", "revoke", ".", "nothing"),
    ):
        found = askew(*wrong)
        assert (found.code, found.out) == (2, "")
        assert found.err


def test_an_index_with_access_control_says_so_and_takes_a_field_of_readers(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text,acl\nRed tents.,staff\n")
    made = askew(
        "index", "memos", "in.csv", "--task", "paraphrase", "--model", "hashing", "--access", "--readers-field", "acl"
    )
    assert made.code == 0, made.err
    assert askew("show", "memos", "--json").json["contract"]["access"] is True
    refused = askew("index", "open", "in.csv", "--task", "paraphrase", "--model", "hashing", "--readers-field", "acl")
    assert refused.code == 2
    assert askew("index", "memos", "in.csv", "--no-access").code == 2
