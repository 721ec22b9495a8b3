"""Where a result comes from: versions, hashes, commit."""

import hashlib
import json
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from cytoforge import __version__

ROOT = Path(__file__).parents[2]
PACKAGES = ("numpy", "scipy", "scikit-image", "tifffile", "torch", "torchvision", "snakemake")


def versions() -> dict[str, str]:
    """Return the versions that can change a result: ours, Python's and the core packages'."""
    found = {"cytoforge": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """Return the commit of the workflow, with "+changes" when files differ from it."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+changes" if _git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown (not a git checkout)"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def sha256_file(path: str | Path) -> str:
    """Return a file's sha256 as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_settings(settings: Any) -> str:
    """Return 16 hexadecimal digits that identify JSON-like settings, whatever their key order.

    >>> hash_settings({"a": 1, "b": 2}) == hash_settings({"b": 2, "a": 1})
    True
    """
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
