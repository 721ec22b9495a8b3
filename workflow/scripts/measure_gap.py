"""Measure how the gap of each time series closes, and draw it."""

from pathlib import Path

from cytoforge.images.time_series import Frame
from cytoforge.jobs.job import job
from cytoforge.report.gap_figure import draw_series
from cytoforge.segmentation.gap_series import measure_series, write_series

with job(snakemake):
    files = {Path(path).name.split(".")[0]: Path(path) for path in snakemake.input.segmentations}
    measured = measure_series([Frame(*values) for values in snakemake.params.frames], files)
    output = snakemake.output
    write_series(measured, output.frames, output.series, output.widths)
    draw_series(measured, Path(output.figure))
