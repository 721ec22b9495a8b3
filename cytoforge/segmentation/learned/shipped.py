"""Where segmentation networks lie: those that come with cytoforge, and the user's own."""

from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.jobs.provenance import sha256_file

SHIPPED = Path(__file__).parents[3] / "resources" / "networks"


def network_path(name: str) -> Path:
    """Return the file of a shipped network's name, or the path that was given."""
    shipped = SHIPPED / f"{name}.safetensors"
    return shipped if shipped.is_file() else Path(name)


def existing_network(name: str, key: str) -> Path:
    """Return the file of a network; UserError, before anything runs, where there is none."""
    path = network_path(name)
    if path.is_file():
        return path
    raise UserError(
        where=f"{key}: {name}",
        expected=f"a shipped network ({', '.join(shipped_names()) or 'none here'}), or the path of"
        " one that `python -m cytoforge.segmentation.learned` wrote",
        found="no such file",
        fix=f"correct `{key}`, or set it to null: then no network is used",
    )


def shipped_names() -> tuple[str, ...]:
    """Return the names of the networks that come with cytoforge."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors")))


def described_by(name: str) -> str:
    """Return what tells one network from another: its name and its file's checksum."""
    return f"{Path(name).stem} {sha256_file(network_path(name))[:12]}"
