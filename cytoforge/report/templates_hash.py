"""The page's templates as one hash: a changed template makes the report again."""

import hashlib
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def templates_hash() -> str:
    """Return 16 hexadecimal digits that identify every template, style sheet and script.

    `staleness.code_version` sees Python only; the report's rule passes this beside it.
    """
    digest = hashlib.sha256()
    for path in sorted(TEMPLATES.iterdir()):
        # Editors leave hidden files and backups; only what the page is made of counts.
        if path.suffix in {".j2", ".css", ".js"} and not path.name.startswith("."):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
