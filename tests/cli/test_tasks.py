from helpers.cli import Here

from askew.tasks import TASKS


def test_every_task_is_listed(askew: Here) -> None:
    out = askew("tasks").out
    assert all(f"{task.name} " in out and task.kind in out for task in TASKS)
    assert [task["name"] for task in askew("tasks", "--json").json] == [task.name for task in TASKS]
