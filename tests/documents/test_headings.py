from askew.documents.headings import sections

TEXT = """before

# A
## B
in b
### C #
in c
## D
```
# code
```
# E"""


def test_sections_know_the_path_of_their_headings() -> None:
    found = [(TEXT[s.start : s.end].split("\n")[0], TEXT[s.body : s.end].strip(), s.heading) for s in sections(TEXT)]
    assert found == [
        ("before", "before", ""),
        ("# A", "in b", "A › B"),
        ("### C #", "in c", "A › B › C"),
        ("## D", "```\n# code\n```", "A › D"),
        ("# E", "", "E"),
    ]


def test_a_hash_that_is_no_heading_divides_nothing() -> None:
    for text in ("#tag is no heading", "a # b", "    # indented code", "#######seven"):
        assert [section.heading for section in sections(text)] == [""]
    assert sections("# C#\ntext")[0].heading == "C#"
