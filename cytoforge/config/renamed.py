"""Keys of earlier versions, which are answered with the name they have now."""

RENAMED = {
    "experiments": "`models`",
    "direction": "`models.<name>.task`: labels_to_image or image_to_labels",
}
"""What a key is now, by the key's former name; `load_config` says it where it finds one."""


def new_name(key: str) -> str | None:
    """Return the sentence about a key of an earlier version, None for any other.

    >>> new_name("experiments")
    '`experiments` is now `models`'
    """
    return f"`{key}` is now {RENAMED[key]}" if key in RENAMED else None
