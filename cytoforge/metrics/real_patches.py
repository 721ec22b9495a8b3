"""What no model changes: real patches beside unrelated and blurred ones, once for all sets.

Of 306 passes of a patch through each network, which a score of 42 patches took, they were 138.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.atomic import atomic_path
from cytoforge.metrics.blurred import Blurred, blur_ladder
from cytoforge.metrics.collect import chosen_patches, read_patches
from cytoforge.metrics.metric import REAL
from cytoforge.metrics.pretrained_scores import (
    RGB_CHANNELS,
    Networks,
    NetworkScores,
    load_networks,
    network_scores,
)
from cytoforge.split.regions_file import read_regions


@dataclass(frozen=True)
class RealScores:
    """Real test patches against unrelated train patches (series `real_vs_real`), and blurred."""

    scores: NetworkScores
    blurred: Blurred


def measure_real_patches(
    real: Mapping[str, Path],
    regions: Path,
    scored: Sequence[str],
    channels: Sequence[str],
    config: MetricsConfig,
    seed: int,
    output: Path,
    threads: int,
) -> None:
    """Measure the patches that a score of images `scored` takes, and write them to `output`.

    Parameters
    ----------
    real : canonical images by name, those with train regions too
    threads : CPU threads, the same constant as the score's, because sums depend on it
    """
    torch.set_num_threads(threads)
    chosen = chosen_patches(read_regions(regions), scored, real, config, seed)
    test, train = (read_patches(real, ids, config.patch_px, channels).unit for ids in chosen)
    networks, rgb = load_networks(config), len(channels) == RGB_CHANNELS
    found = _measured(test, train, networks, rgb)
    with atomic_path(output) as temporary:
        temporary.write_bytes(save(_arrays(found), {"of": _of(test, train, networks, rgb)}))


def measured_before(
    path: Path | None, test: np.ndarray, train: np.ndarray, networks: Networks, rgb: bool
) -> RealScores:
    """Return what a file of `measure_real_patches` holds of unit patches (n, C, P, P); measured
    now where there is no file, or it is of other patches or networks."""
    if path is not None:
        with safe_open(path, "numpy") as file:
            if file.metadata()["of"] == _of(test, train, networks, rgb):
                return _from_arrays({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118
        print(f"{path} is of other patches or networks: measured again", flush=True)
    return _measured(test, train, networks, rgb)


def _measured(test: np.ndarray, train: np.ndarray, networks: Networks, rgb: bool) -> RealScores:
    scores = network_scores(test, {REAL: train}, networks, rgb)
    return RealScores(scores, blur_ladder(test, networks, rgb))


def _of(test: np.ndarray, train: np.ndarray, networks: Networks, rgb: bool) -> str:
    """Return the hash of the patches and of what looks at them."""
    digest = hashlib.sha256(f"{test.shape} {rgb} {sorted(networks.skipped)}".encode())
    for unit in (test, train):
        digest.update(np.ascontiguousarray(unit).data)
    return digest.hexdigest()


def _arrays(found: RealScores) -> dict[str, np.ndarray]:
    arrays = {"rows": found.blurred.rows}
    for part, scores in (("sharp", found.scores), ("blurred", found.blurred.scores)):
        for kind in ("distances", "features"):
            for outer, inner in getattr(scores, kind).items():
                for name, values in inner.items():
                    key = "/".join((part, kind, outer, name))
                    arrays[key] = np.ascontiguousarray(values)
    return arrays


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> RealScores:
    found = {"sharp": NetworkScores(), "blurred": NetworkScores()}
    for key, values in arrays.items():
        if key != "rows":
            part, kind, outer, name = key.split("/")
            getattr(found[part], kind).setdefault(outer, {})[name] = values
    return RealScores(found["sharp"], Blurred(arrays["rows"], found["blurred"]))
