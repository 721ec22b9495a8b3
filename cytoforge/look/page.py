"""The page of a first look, and its pictures as files beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cytoforge.config.load import load_config
from cytoforge.config.model import Config
from cytoforge.config.yaml_file import read_yaml
from cytoforge.errors import print_notices
from cytoforge.images.picture import write_png
from cytoforge.images.samples import read_samples
from cytoforge.jobs.atomic import write_text
from cytoforge.look.examine import Looked, examine, examine_own, spread
from cytoforge.look.scribbles import with_classifiers
from cytoforge.references.codes import Code, code_table
from cytoforge.references.label_map_file import write_preview
from cytoforge.references.own.classes import class_codes, read_classes
from cytoforge.segmentation.label_columns import of_what_is_found
from cytoforge.segmentation.overlay import object_colours

PAGE = "look.html"


def look(config_path: str, folder: str | Path) -> Path:
    """Write look.html with pictures of a few images of a config into a folder; return its path.

    Raises UserError for a config or a table of images with mistakes.
    """
    folder = Path(folder)
    notices: list[str] = []
    config = load_config(read_yaml(config_path) or {}, config_path)
    required = config.required_columns
    plane = config.images.volumes.plane
    samples = read_samples(config.samples, config.images.channels, required, notices, plane)
    config = of_what_is_found(config, samples, notices)
    print_notices(notices)
    config = with_classifiers(config, samples, folder)
    chosen = spread(samples)
    blocks = []
    for name in dict.fromkeys(r.segmentation for r in config.rendered.values()):
        looked = examine(config, name, chosen)
        blocks.append(_block(config, name, looked, folder))
    for name, own in config.own_maps.items():
        classes = read_classes(own, f"references.{name}")
        looked = examine_own(config, name, classes, chosen)
        images = [_image(name, one, {name: class_codes(classes)}, folder) for one in looked]
        blocks.append({"name": name, "own": True, "colours": {}, "images": images})
    values = {"config": config_path, "shown": len(chosen), "total": len(samples), "blocks": blocks}
    write_text(folder / PAGE, _rendered(values))
    return folder / PAGE


def _block(config: Config, name: str, looked: Sequence[Looked], folder: Path) -> dict[str, Any]:
    codes = {key: code_table(reference) for key, reference in config.rendered.items()}
    return {
        "name": name,
        "own": False,
        "colours": object_colours(config.segmentations[name].objects),
        "images": [_image(name, one, codes, folder) for one in looked],
    }


def _image(
    name: str, one: Looked, codes: Mapping[str, tuple[Code, ...]], folder: Path
) -> dict[str, Any]:
    pictures = {}
    if one.picture is not None:
        pictures["overlay"] = f"{one.image}_{name}.png"
        write_png(folder / pictures["overlay"], one.picture)
    for key, label_map in one.maps.items():
        title = f"label map {key}"
        pictures[title] = f"{one.image}_{name}_{key}.png"
        write_preview(folder / pictures[title], label_map, codes[key])
    return {
        "image": one.image,
        "method": one.method,
        "note": one.note,
        "failed": one.failed,
        "found": [tally.in_words(one.pixel_size_um) for tally in one.tallies],
        "pictures": pictures,
        "wrong": [check for check in one.checks if not check.passed],
        "passed": sum(check.passed and check.value is not None for check in one.checks),
    }


def _rendered(values: dict[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(**values)
