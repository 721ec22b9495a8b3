"""Render the label maps of all images of a set in one job."""

from pathlib import Path

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.csv_file import write_csv
from cytoforge.jobs.provenance import sha256_file
from cytoforge.references.label_map_file import write_label_map
from cytoforge.references.run import render_image
from cytoforge.segmentation.of_set import folder_of_table, segmentations_of_set
from cytoforge.segmentation.segmentation_file import read_segmentation


def render_set(
    manifest: str | Path,
    segmentations: str | Path,
    config: ReferenceConfig,
    channel: str,
    bounds: str | Path | None,
    output: str | Path,
) -> None:
    """Write `{name}.tif`, a label map, of every image of a set, and a table beside their folder.

    Parameters
    ----------
    manifest : manifest.csv of the set
    segmentations : table of `segment_set`; an image that it could not segment raises UserError
    channel, bounds : as for the label maps of the real images
    output : the table's path, which is the folder's and `.csv`: one row per image and its sha256
    """
    folder, rows = folder_of_table(output), []
    found = segmentations_of_set(segmentations)
    for row in read_manifest(manifest):
        path = found[row["name"]]
        if isinstance(path, str):
            raise UserError(
                where=f"image {row['name']} of {Path(manifest).parent}",
                expected="a segmentation, which its label map is rendered from",
                found=path,
                fix="use another segmentation for the reference, or leave the set out",
            )
        image = read_image(row["image"])
        rendered = render_image(image, read_segmentation(path), config, channel, bounds)
        map_path = folder / f"{row['name']}.tif"
        write_label_map(map_path, rendered, image.pixel_size_um)
        rows.append([row["name"], sha256_file(map_path)])
    write_csv(output, ["name", "sha256"], rows)
