import numpy as np

from askew.dedup.set_join.identical import classes, identical


def test_each_text_is_given_the_first_that_equals_it() -> None:
    texts = ["Where is my parcel?", "Thanks!", "where is my parcel", "", "thanks", "Thanks a lot", " ", "thanks."]
    assert identical(texts).tolist() == [0, 1, 0, 3, 1, 5, 3, 1]


def test_the_classes_are_those_of_two_and_more() -> None:
    first = identical(iter(["b", "a", "A", "c", "B!", "b"]))
    assert [positions.tolist() for positions in classes(first)] == [[0, 4, 5], [1, 2]]


def test_many_texts_fall_into_the_classes_they_were_made_of() -> None:
    numbers = np.random.default_rng(4).integers(0, 2000, 10_000)
    first = identical(f"order {number}" for number in numbers)
    assert (numbers[first] == numbers).all()
    assert len(np.unique(first)) == len(np.unique(numbers))
    assert all((numbers[:position] != numbers[position]).all() for position in np.unique(first))
    assert sum(map(len, classes(first))) == sum(count for count in np.bincount(numbers) if count > 1)


def test_nothing_has_no_classes() -> None:
    assert identical([]).shape == (0,)
    assert list(classes(identical([]))) == []
