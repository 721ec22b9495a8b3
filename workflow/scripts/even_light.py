"""Take uneven light away from one image."""

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.shading import even_image, read_lights
from cytoforge.jobs.job import job
from cytoforge.split.bands import block_split

with job(snakemake):
    image = read_image(snakemake.input.image)
    strips = block_split(snakemake.params.strips)
    light = snakemake.input.get("light")
    evened = even_image(
        image,
        NormalisationConfig.model_validate(snakemake.params.normalisation),
        strips and strips.bands(image.shape),
        read_lights(light) if light else None,
        strips and strips.training_box(image.shape),
    )
    print(f"shading taken away {evened.shading}")
    write_image(snakemake.output[0], evened)
