"""The places of a JSON value, for tests that change them."""

Steps = tuple[str | int, ...]


def paths(node: object, here: Steps = ()) -> list[Steps]:
    """The path of every element."""
    members: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        members = list(node.items())
    elif isinstance(node, list):
        members = list(enumerate(node))
    inner = [path for key, value in members for path in paths(value, (*here, key))]
    return [here, *inner] if here else inner
