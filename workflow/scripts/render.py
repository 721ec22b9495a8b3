"""Render the label map of one image and its preview."""

from cytoforge.config.references import ReferenceConfig
from cytoforge.images.ome import read_image
from cytoforge.jobs.job import job
from cytoforge.references.codes import code_table
from cytoforge.references.label_map_file import write_label_map, write_preview
from cytoforge.references.run import render_image
from cytoforge.segmentation.segmentation_file import read_segmentation

with job(snakemake):
    image = read_image(snakemake.input.image)
    config = ReferenceConfig.model_validate(snakemake.params.reference)
    rendered = render_image(
        image,
        read_segmentation(snakemake.input.segmentation),
        config,
        snakemake.params.channel,
        snakemake.input.get("bounds") or None,
    )
    write_preview(snakemake.output.preview, rendered, code_table(config))
    write_label_map(snakemake.output.label_map, rendered, image.pixel_size_um)
