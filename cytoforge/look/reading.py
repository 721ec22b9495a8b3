"""Read an image for a look: a slice of a volume too, of which the whole one is measured."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cytoforge.config.images import ImagesConfig
from cytoforge.images.convert import convert
from cytoforge.images.image import Image
from cytoforge.images.samples import VOLUME, Sample
from cytoforge.images.volume_checks import check_volumes, images_config
from cytoforge.images.volume_facts import facts_of
from cytoforge.volumes.measure import measure_volume


def read_for_look(sample: Sample, config: ImagesConfig) -> Image:
    """Return the canonical image of a sample, as the workflow would make it.

    Raises
    ------
    UserError : of `check_volumes`, of `convert`, or no body in a volume
    """
    own, body = images_config(sample, config), config.volumes.body
    if not sample.columns.get(VOLUME):
        return convert(sample, own)
    check_volumes([sample], config)
    if own.normalisation.method != "body" and body == "none":
        return convert(sample, own)
    mask = None if body in ("none", "threshold") else sample.columns.get(body)
    axis = next(iter(sample.plane))
    with TemporaryDirectory() as folder:
        measure_volume(sample.files, mask, own, axis, None, Path(folder))
        facts = facts_of({"folder": folder, "masked": body != "none"}, sample.plane)
        return convert(sample, own, of_volume=facts)
