"""`askew keys`: the keys of a server's folder. `add` shows a key once; the file holds only its hash."""

from pathlib import Path

import typer

from askew.cli.output import AsJson, as_json, note, say, table
from askew.server import keys
from askew.server.rights import ACTIONS, READ

app = typer.Typer(help="Keys of a server: who may do what with which indexes.", no_args_is_help=True)
Folder = typer.Argument(help="The folder that is served.")


@app.command()
def add(
    folder: Path = Folder,
    name: str = typer.Argument(help="What the key is for, to recognise it."),
    index: list[str] = typer.Option([], "--index", help="Names of indexes; * stands for any characters. Repeatable."),
    action: list[str] = typer.Option([READ], "--action", help=f"{', '.join(ACTIONS)}. Repeatable."),
    group: list[str] = typer.Option(
        [], "--group", help="A group whose documents it may read, in indexes with access control. Repeatable."
    ),
    json: bool = AsJson,
) -> None:
    """Make a key, and print it. It cannot be shown again. With the first one, the server asks everyone for a key."""
    secret, made = keys.add(folder, name, index or ["*"], action, group)
    if json:
        as_json({"key": secret, **made.fields()})
        return
    say(secret)
    note(f"Key {made.id} is shown this once. Send it as: Authorization: Bearer KEY. Revoke it: askew keys revoke …")


@app.command("list")
def list_keys(folder: Path = Folder, json: bool = AsJson) -> None:
    """List the keys, without the secrets."""
    held = keys.read(folder)
    if json:
        as_json({"keys": [key.fields() for key in held]})
        return
    parts = ("indexes", "actions", "groups")
    rows = [(key.id, key.name, *(", ".join(key.as_json()[part]) for part in parts), key.created) for key in held]
    table(("id", "name", *parts, "created"), rows)


@app.command()
def revoke(folder: Path = Folder, id: str = typer.Argument(help="Id of the key."), json: bool = AsJson) -> None:
    """Revoke a key: the server refuses it from the next request on."""
    gone = keys.revoke(folder, id)
    if json:
        as_json({"revoked": gone.id})
    else:
        say(f"Key {gone.id} ({gone.name}) is revoked.")
