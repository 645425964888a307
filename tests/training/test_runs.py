"""Runs: begun, interrupted at any moment, continued with the same settings only, and finished in one step."""

import json
import shutil
from pathlib import Path

import pytest

from askew.errors import ContractError, InputError, StoreError, StoreLockedError
from askew.training.runs import LOG, RECORD, SETTINGS, STATE, WHOLE, opened, place, state_of, step_of

SETTINGS_OF_A_RUN = {"task": "paraphrase", "batch": 8, "names": ("a", "b")}


def checkpoint(folder: Path, step: int, best: str | None = None) -> Path:
    made = folder / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "weights").write_bytes(b"w" * step)
    (made / STATE).write_text(json.dumps({"global_step": step, "best_model_checkpoint": best}))
    return made


def test_the_same_settings_continue_a_run_and_others_are_listed(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        run.log({"loss": 1.0})
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        assert run.records() == [{"loss": 1.0}]
    with pytest.raises(ContractError) as caught, opened(tmp_path / "out", {**SETTINGS_OF_A_RUN, "batch": 9, "seed": 1}):
        pass
    assert [(one.field, one.sealed, one.given) for one in caught.value.differences] == [
        ("batch", "8", "9"),
        ("seed", "None", "1"),
    ]


def test_settings_changed_by_hand_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        file = run.folder / SETTINGS
    file.write_text(file.read_text().replace("8", "9"))
    with pytest.raises(StoreError, match="changed"), opened(tmp_path / "out", {**SETTINGS_OF_A_RUN, "batch": 9}):
        pass
    file.write_text("[")
    with pytest.raises(StoreError, match="cannot be read"), opened(tmp_path / "out", SETTINGS_OF_A_RUN):
        pass


def test_one_process_runs_it(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "out", SETTINGS_OF_A_RUN),
        pytest.raises(StoreLockedError),
        opened(tmp_path / "out", SETTINGS_OF_A_RUN),
    ):
        pass


def test_only_whole_checkpoints_count_and_others_are_deleted(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        for step in (9, 10, 100):
            run.seal(checkpoint(run.checkpoints, step))
        checkpoint(run.checkpoints, 110)
        (run.checkpoints / "checkpoint-100" / "weights").write_bytes(b"cut")
        assert [step_of(one) for one in run.whole()] == [9, 10]
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        assert sorted(one.name for one in run.checkpoints.iterdir()) == ["checkpoint-10", "checkpoint-9"]


def test_a_moved_run_finds_its_best_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with opened(tmp_path / "a" / "out", SETTINGS_OF_A_RUN) as run:
        run.seal(checkpoint(run.checkpoints, 5, str(run.checkpoints / "checkpoint-5")))
    (tmp_path / "a").rename(tmp_path / "b")
    with opened(tmp_path / "b" / "out", SETTINGS_OF_A_RUN) as run:
        assert state_of(run.whole()[-1])["best_model_checkpoint"] == str(run.checkpoints / "checkpoint-5")


def test_a_product_appears_whole_and_the_run_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        (run.folder / "model").mkdir()
        (run.folder / "model" / "file").write_text("whole")
        assert not (tmp_path / "out").exists()
        moved: list[Path] = []
        run.finish(run.folder / "model", lambda out: moved.append(out / "file") if run.folder.exists() else None)
    assert moved == [tmp_path / "out" / "file"]
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "file").read_text() == "whole"


def test_what_the_user_has_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="already exists"), opened(tmp_path / "out", SETTINGS_OF_A_RUN):
        pass
    mine = place(tmp_path / "other")
    mine.mkdir()
    (mine / "notes").write_text("mine")
    with pytest.raises(InputError, match="no training run"), opened(tmp_path / "other", SETTINGS_OF_A_RUN):
        pass
    place(tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="is a file"), opened(tmp_path / "file", SETTINGS_OF_A_RUN):
        pass
    assert (mine / "notes").read_text() == place(tmp_path / "file").read_text() == "mine"


def test_a_run_killed_at_its_very_end_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        (run.folder / "model").mkdir()
        (run.folder / "model" / RECORD).write_text(json.dumps({"settings": run.settings}))
        with pytest.raises(KeyboardInterrupt):
            run.finish(run.folder / "model", _interrupted)
        with pytest.raises(StoreLockedError), opened(tmp_path / "out", SETTINGS_OF_A_RUN):
            pass
    with pytest.raises(InputError, match="models add"), opened(tmp_path / "out", SETTINGS_OF_A_RUN):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def _interrupted(_: Path) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("record", [None, "{}", "[]", json.dumps({"settings": {"batch": 1}})])
def test_a_run_is_kept_where_its_product_should_be_and_something_else_is(tmp_path: Path, record: str | None) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        run.seal(checkpoint(run.checkpoints, 5))
    (tmp_path / "out").mkdir()
    if record is not None:
        (tmp_path / "out" / RECORD).write_text(record)
    with pytest.raises(InputError, match="already exists"), opened(tmp_path / "out", SETTINGS_OF_A_RUN):
        pass
    shutil.rmtree(tmp_path / "out")
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        assert [step_of(one) for one in run.whole()] == [5]


def test_a_record_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    with opened(tmp_path / "out", SETTINGS_OF_A_RUN) as run:
        run.log({"step": 1})
        with (run.folder / LOG).open("ab") as file:
            file.write(b'{"step": 2')
        run.log({"step": 3})
        run.log({"step": 4})
        assert run.records() == [{"step": 1}, {"step": 4}]
        assert WHOLE not in {one.name for one in run.folder.iterdir()}
