"""Ask whether the segmentation of one image can be right."""

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.images.ome import read_image
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.job import job
from cytoforge.segmentation.checks.run import run_checks
from cytoforge.segmentation.segmentation_file import read_segmentation

with job(snakemake):
    image = read_image(snakemake.input.image)
    segmentation = read_segmentation(snakemake.input.segmentation)
    config = parse_segmentation(snakemake.params.segmentation)
    results = run_checks(image, segmentation, config)
    for one in results:
        print(f"{'passed' if one.passed else 'FAILED'}  {one.name}: {one.sentence}")
    write_json(snakemake.output[0], [one.as_row() for one in results])
