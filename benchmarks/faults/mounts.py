"""Small and read-only file systems; only root may mount them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def may_mount(folder: Path) -> bool:
    """Return whether this is root, and not in a container that forbids mounting."""
    if os.geteuid() != 0:
        return False
    probe = folder / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(probe)]
    allowed = subprocess.run(command, capture_output=True, check=False).returncode == 0
    if allowed:
        _run("umount", str(probe))
    return allowed


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount an empty file system of so many megabytes in memory at `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Make files and folders read-only, for root too."""
    mounted = []
    try:
        for path in map(str, paths):
            _run("mount", "--bind", path, path)
            mounted.append(path)
            _run("mount", "-o", "remount,ro,bind", path)
        yield
    finally:
        for path in mounted:
            _run("umount", "--lazy", path)


def fill(folder: Path, keep_bytes: int) -> Path:
    """Write a file of ballast that leaves `keep_bytes` free, to whole pages; return it."""
    ballast = folder / "ballast"
    disk = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - keep_bytes)
    return ballast


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
