"""Write the objects of one image for other programs."""

from cytoforge.images.ome import read_image
from cytoforge.jobs.job import job
from cytoforge.segmentation.object_files import write_objects
from cytoforge.segmentation.segmentation_file import read_segmentation

with job(snakemake):
    image = read_image(snakemake.input.image)
    write_objects(
        read_segmentation(snakemake.input.segmentation),
        image.pixel_size_um,
        snakemake.output.table,
        snakemake.output.json,
        snakemake.output.geojson,
    )
