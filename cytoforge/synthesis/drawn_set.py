"""Draw a set of label maps with a trained model, with their objects and provenance."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cytoforge.compute.devices import pick_device
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.provenance import hash_settings
from cytoforge.map_sources.drawn_field import DrawnField, fields_of_set, write_drawn
from cytoforge.synthesis.drawn_maps import Drawer, load_drawer

FEW = 0.5  # of what was drawn: more dropped than that is said in the log


def make_drawn_set(
    model_folder: str | Path,
    name: str,
    seeds: Sequence[int],
    output: str | Path,
    *,
    model_name: str,
    truncation: float = 1.0,
    threads: int | None = None,
    device: str = "auto",
) -> None:
    """Write `fields/{name}_labels.tif` and `fields/{name}_objects.ome.tif` per seed, manifest.csv.

    The manifest says of each map how many objects were dropped in cleaning. A seed is the same map
    as in `Drawer.draw`, whatever else the set holds.

    Parameters
    ----------
    name : of the set; maps are named by it and their seed
    model_name : the model's name in the config
    truncation : see `Drawer.draw`
    """
    target, device_line = pick_device(device, threads)
    print(device_line)
    drawer = load_drawer(model_folder, target)
    fields = fields_of_set(name, seeds, (drawer.size_px, drawer.size_px))
    write_manifest(output, list(_rows(drawer, fields, output, model_name, truncation)))


def _rows(
    drawer: Drawer,
    fields: Sequence[DrawnField],
    output: str | Path,
    model_name: str,
    truncation: float,
) -> Iterator[dict[str, str]]:
    """Draw one map after the other; yield its row of the manifest."""
    info, kept, dropped = drawer.model.info, 0, 0
    made_by = {
        "map_source": model_name,
        "architecture": str(info["model"]),
        "weights_sha256": str(info["weights_sha256"]),
        "settings": hash_settings({"training": info["training"], "truncation": truncation}),
        "truncation": f"{truncation:g}",
    }
    for field in fields:
        drawn = drawer.draw(field.seed, truncation)
        kept, dropped = kept + int(drawn.cells.max()), dropped + drawn.dropped
        found = {"dropped": str(drawn.dropped)}
        size_um = info["pixel_size_um"]
        yield write_drawn(output, field, drawn.labels, drawn.objects, size_um, made_by | found)
    print(f"{kept} objects in {len(fields)} maps; dropped in cleaning: {dropped}")
    if dropped > FEW * (kept + dropped):
        print(
            f"warning: more objects were dropped than kept: {model_name} has not learnt whole"
            " cells. Train longer (`training.kimg`), or take `maps_by: shapes`"
        )
