"""A look at a slice measures the whole volume, as the workflow does."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.images import ImagesConfig
from cytoforge.images.samples import read_samples
from cytoforge.look.reading import read_for_look
from tests.volumes.phantoms import write_volume


def test_a_slice_of_an_mr_has_the_range_of_its_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    voxels = np.zeros((24, 24, 6), np.int16)
    voxels[4:20, 4:20] = np.arange(500, 1100, 100)  # a slice brighter than the one below
    write_volume(Path("mr.nii.gz"), voxels)
    Path("samples.tsv").write_text("image\tpath\nmr\tmr.nii.gz\n")
    samples = read_samples("samples.tsv", ("grey",))
    scaling = {"method": "body", "low": 0, "high": 100}
    config = ImagesConfig.model_validate(
        {"normalisation": scaling, "volumes": {"body": "threshold"}}
    )
    found = {read_for_look(sample, config).ranges[0] for sample in samples[2:]}
    (only,) = found
    assert only.method == "body"
    assert only.high == 1000
