from helpers.patients import Make


def test_remedies_name_the_index_as_the_user_calls_it(patient: Make) -> None:
    case = patient(["one"])
    assert case.anew() == "askew index patient-2 PATH… --task question-answering --model hashing"
    assert case.anew("--model other") == "askew index patient-2 PATH… --task question-answering --model other"
    assert case.migrated("--policy chunk") == "askew migrate patient --policy chunk --switch"
    assert case.known
    assert case.card.name == "hashing"
