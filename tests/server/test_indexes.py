"""Indexes and documents over HTTP."""

import signal
from pathlib import Path

import pytest
from helpers.server import Server, serving

from askew import Document, Faq, Index
from askew.calibration.calibrate import calibrate

DOCUMENTS = [
    {"id": "leave", "text": "Everyone has 28 days of paid holiday a year.", "metadata": {"year": 2024}},
    {"id": "dogs", "text": "Well-behaved dogs may come to the office on Fridays.", "metadata": {"year": 2020}},
    {"id": "hours", "text": "The canteen opens at noon."},
]


def test_an_index_is_created_described_and_deleted(server: Server) -> None:
    made = server.post("/v1/indexes", {"name": "tmp", "task": "paraphrase", "model": "hashing"})
    assert made.status == 201
    assert made.headers["location"] == "/v1/indexes/tmp"
    assert made.body["contract"]["task"] == "paraphrase"
    assert "tmp" in server.get("/v1/indexes").body["indexes"]
    assert server.get("/v1/indexes/tmp").body["contract_digest"] == made.body["contract_digest"]
    assert server.post("/v1/indexes", {"name": "tmp", "task": "paraphrase"}).status == 409
    assert server("DELETE", "/v1/indexes/tmp").status == 200
    assert server.get("/v1/indexes/tmp").status == 404
    assert not (server.folder / "tmp.askew").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "a.askew", "", "x" * 65])
def test_a_name_cannot_lead_out_of_the_folder(server: Server, name: str) -> None:
    assert server.post("/v1/indexes", {"name": name, "task": "paraphrase"}).status in (400, 422)


@pytest.mark.parametrize("model", ["/etc", "./x", "~/x", "org/name", "nothing"])
def test_a_request_names_no_path_as_a_model(server: Server, model: str) -> None:
    refused = server.post("/v1/indexes", {"name": "m", "task": "paraphrase", "model": model})
    assert (refused.status, refused.error) == (400, "InputError")
    assert not (server.folder / "m.askew").exists()


def test_documents_are_added_once(server: Server, empty: str) -> None:
    given = {"documents": [{"id": "a", "text": "one two"}, {"text": "three"}]}
    assert server.post(f"{empty}/documents", given).body["added"]["new"] == 2
    again = server.post(f"{empty}/documents", given).body["added"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    changed = server.post(f"{empty}/documents", {"documents": [{"id": "a", "text": "four"}]}).body["added"]
    assert changed["changed"] == 1
    assert server.get(f"{empty}/documents/a").body["document"]["text"] == "four"
    assert server("DELETE", f"{empty}/documents", {"ids": ["a", "b"]}).body["deleted"] == 1
    assert server.get(f"{empty}/documents/a").status == 404


def test_what_another_process_writes_is_found(server: Server, empty: str) -> None:
    server.post(f"{empty}/search", {"query": "nothing"})
    with Index.open(server.folder / empty.rsplit("/", 1)[1], writable=True) as index:
        index.add([Document("outside", "a purple parrot")])
    assert [hit["id"] for hit in server.post(f"{empty}/search", {"query": "parrot"}).body["hits"]] == ["outside"]


def test_an_index_that_is_deleted_and_made_again_is_the_new_one(server: Server, empty: str) -> None:
    server.post(f"{empty}/documents", {"documents": [{"id": "old", "text": "parrot"}]})
    server.post(f"{empty}/search", {"query": "parrot"})
    name = empty.rsplit("/", 1)[1]
    server("DELETE", empty)
    server.post("/v1/indexes", {"name": name, "task": "paraphrase", "model": "hashing"})
    assert server.post(f"{empty}/search", {"query": "parrot"}).body["hits"] == []


def test_own_vectors(server: Server) -> None:
    server.post("/v1/indexes", {"name": "own", "task": "paraphrase", "dim": 2})
    given = {"documents": [{"id": "a", "text": "x"}], "vectors": [[1.0, 0.0]]}
    assert server.post("/v1/indexes/own/documents", given).body["added"]["new"] == 1
    assert server.post("/v1/indexes/own/search", {"query": "x"}).status == 400
    server("DELETE", "/v1/indexes/own")


def test_acknowledged_is_durable(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served", "--model=hashing") as one:
        one.post("/v1/indexes", {"name": "a", "task": "paraphrase", "model": "hashing"})
        for number in range(20):
            given = {"documents": [{"id": str(number), "text": f"text {number}"}]}
            assert one.post("/v1/indexes/a/documents", given).status == 200
        one.process.send_signal(signal.SIGKILL)
        one.process.wait()
    with Index.open(tmp_path / "served" / "a") as index:
        assert len(index) == 20
        assert index.check() == []


def test_fields_and_truncation_are_those_of_the_index(server: Server, empty: str) -> None:
    server.post(f"{empty}/documents", {"documents": DOCUMENTS})
    fields = server.get(f"{empty}/fields").body["fields"]
    assert [(one["name"], one["documents"], one["types"], one["least"], one["most"]) for one in fields] == [
        ("year", 2, ["number"], 2020, 2024)
    ]
    told = server.get(f"{empty}/truncation").body
    assert (told["documents"], told["truncated"], told["losers"]) == (3, 0, [])
    assert told["tokens"] == told["seen"] > 0 == told["lost"]


def test_truncation_names_the_documents_that_lost_most(server: Server) -> None:
    server.post("/v1/indexes", {"name": "cut", "task": "paraphrase", "model": "hashing-roles", "policy": "accept"})
    texts = {"short": "one two", "long": "word " * 40, "longer": "word " * 90}
    server.post("/v1/indexes/cut/documents", {"documents": [{"id": id, "text": text} for id, text in texts.items()]})
    told = server.get("/v1/indexes/cut/truncation?limit=1").body
    assert (told["truncated"], [one["document"] for one in told["losers"]]) == (2, ["longer"])
    assert told["lost"] == told["tokens"] - told["seen"] > told["losers"][0]["lost"]
    server("DELETE", "/v1/indexes/cut")


def test_a_faq_says_what_each_precision_costs_once_it_is_calibrated(server: Server) -> None:
    server.post("/v1/indexes", {"name": "help", "task": "faq", "model": "hashing"})
    words = [letter * 3 for letter in "abcdefghij"]
    entries = [{"id": f"e{n}", "question": f"question {word}", "answer": f"answer {n}"} for n, word in enumerate(words)]
    server.post("/v1/indexes/help/documents", {"documents": entries})
    refused = server.get("/v1/indexes/help/calibration")
    assert (refused.status, refused.error) == (400, "InputError")
    asked = {f"q{n}": f"question {words[n % 10]} {n}" for n in range(40)}
    right = {id: {f"e{int(id[1:]) % 10}": 1.0} for id in asked}
    with Faq.open(server.folder / "help", writable=True) as faq:
        calibrate(faq, queries=asked, qrels=right, progress=False)
    told = server.get("/v1/indexes/help/calibration?precision=0.5&precision=0.999").body
    possible, not_yet = told["costs"]
    assert 0 < told["right"] <= told["labels"] <= told["asked"] <= 40  # the others taught the scores
    assert possible["promise"] == 0.5
    assert 0 <= possible["low"] <= possible["coverage"] <= possible["high"] <= 1
    assert possible["above"] >= possible["wrong"]
    assert "threshold" not in not_yet
    assert not_yet["reason"]
    assert server.get("/v1/indexes/help/calibration?precision=1.5").status == 422
    server("DELETE", "/v1/indexes/help")


def test_metadata_of_an_entry_takes_no_fields_place(server: Server) -> None:
    server.post("/v1/indexes", {"name": "asked", "task": "faq", "model": "hashing"})
    fields = {"id": "OTHER", "answer": "Wrong.", "question": "Wrong?"}
    for named in ({"id": "e1"}, {}):
        entry = {**named, "question": "How do I reset it?", "answer": "Press reset.", "metadata": fields}
        assert server.post("/v1/indexes/asked/documents", {"documents": [entry]}).status == 200
        reply = server.post("/v1/indexes/asked/faq", {"message": "How do I reset it?", "threshold": 0}).body
        found = {hit["entry"]["id"]: hit["entry"] for hit in reply["hits"]}
        assert "OTHER" not in found
        assert {(one["answer"], one["metadata"]["id"]) for one in found.values()} == {("Press reset.", "OTHER")}
    assert "e1" in found
    server("DELETE", "/v1/indexes/asked")


def test_a_check_is_a_job_for_indexes_and_faqs(server: Server, empty: str) -> None:
    server.post(f"{empty}/documents", {"documents": DOCUMENTS})
    started = server.post(f"{empty}/check", {"depth": "quick"})
    assert (started.status, started.body["kind"]) == (202, "check")
    found = server.wait(f"/v1/jobs/{started.body['id']}")["result"]
    assert (found["faults"], found["documents"]) == ([], 3)
    assert {one["level"] for one in found["findings"]} <= {"advice", "note", "fine", "unknown"}
    server.post("/v1/indexes", {"name": "helpful", "task": "faq", "model": "hashing"})
    server.post("/v1/indexes/helpful/documents", {"documents": [{"question": "who", "answer": "me"}]})
    found = server.wait(f"/v1/jobs/{server.post('/v1/indexes/helpful/check', {}).body['id']}")["result"]
    assert (found["questions"], found["answers"], found["unpaired"]) == (1, 1, [])
    assert found["findings"].keys() == {"questions", "answers"}
    server("DELETE", "/v1/indexes/helpful")


def test_clusters_come_with_a_map_if_it_is_asked_for(server: Server, empty: str) -> None:
    words = ("tent pegs", "holiday pay", "laptop screen")
    given = [{"id": f"{n}", "text": f"{words[n % 3]} {n}"} for n in range(12)]
    server.post(f"{empty}/documents", {"documents": given})
    started = server.post(f"{empty}/clusters", {"clusters": 3, "projection": "pca"}).body["id"]
    found = server.wait(f"/v1/jobs/{started}")["result"]
    drawn = found["map"]
    assert drawn["id"] == [one["id"] for one in given]
    assert [len(drawn[name]) for name in ("x", "y", "cluster", "text")] == [12] * 4
    assert {one["number"]: one["size"] for one in drawn["clusters"]} == {
        c["number"]: c["size"] for c in found["clusters"]
    }
    plain = server.wait(f"/v1/jobs/{server.post(f'{empty}/clusters', {'clusters': 3}).body['id']}")["result"]
    assert "map" not in plain
