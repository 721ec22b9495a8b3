"""Synthesise every requested field of one model: pairs of image and label map."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.compute.devices import pick_device
from cytoforge.config.models import SynthesisConfig
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image, write_image
from cytoforge.jobs.provenance import sha256_file
from cytoforge.references.files import write_label_map
from cytoforge.seeds import derive_seed
from cytoforge.synthesis.execution import accelerate, count_tiles
from cytoforge.synthesis.fields import FieldRequest, pedigree, synthesise
from cytoforge.synthesis.generator import TrainedGenerator, load_generator
from cytoforge.synthesis.label_maps import map_name, read_instances, read_map
from cytoforge.synthesis.manifest import write_manifest
from cytoforge.synthesis.seams import field_seam_ratio


def synthesise_all(
    model_folder: str | Path,
    map_paths: Iterable[str | Path],
    image_paths: Iterable[str | Path],
    output_folder: str | Path,
    config: SynthesisConfig,
    *,
    model_name: str,
    seed: int,
    instance_paths: Iterable[str | Path] = (),
    samples: Sequence[int] | None = None,
    threads: int | None = None,
    device: str = "auto",
) -> None:
    """Write `fields/{map}.ome.tif`, `fields/{map}_labels.tif` a field, and manifest.csv.

    The manifest has a row a field: its files, their SHA-256, its seam ratio and its pedigree.
    Sample 0 has the map's name, further ones are named `{map}_s1`, `{map}_s2`, ….

    Parameters
    ----------
    image_paths : canonical images; a map named like one takes its grey range and pixel size
    instance_paths : segmentations `{map}.ome.tif` or label images `{map}_instances.tif`, whose
        cells are the map's; for maps without one, cells are found in the map itself
    samples : which samples to make; None: all that `config.samples` asks for
    """
    output = Path(output_folder)
    images = {Path(path).name.removesuffix(".ome.tif"): Path(path) for path in image_paths}
    cells = {map_name(path): path for path in map(Path, instance_paths)}
    numbers = range(config.samples) if samples is None else samples
    place, device_line = pick_device(device, threads)
    generator = load_generator(model_folder, place)
    paths = [Path(path) for path in map_paths]
    n_tiles = _count_tiles(generator, paths, config) * len(numbers)
    generator, inference_line = accelerate(generator, config, n_tiles)
    print(device_line, inference_line, sep="\n")
    rows = []
    for path in paths:
        source = _read(generator, path, cells.get(path.stem))
        like = read_image(images[path.stem]) if path.stem in images else None
        for request in _requests(source, like, numbers, (seed, "synthesis", model_name)):
            print(f"synthesising {request.name} from {path}")
            made = synthesise(generator, source.label_map, source.instances, request, config)
            made_from = pedigree(generator, request, config, model_name)
            tile_px = config.tile_px or generator.info["tile_px"]
            seams = field_seam_ratio(made.pixels, tile_px, config.overlap)
            rows.append(_write_pair(output, made, source.label_map, made_from, seams))
    write_manifest(output, rows)


def _count_tiles(
    generator: TrainedGenerator, paths: Sequence[Path], config: SynthesisConfig
) -> int:
    """Return how many tiles one sample of every map has; 0 where the number decides nothing."""
    if config.inference != "fast":
        return 0
    maps = (read_map(path, generator.n_codes) for path in paths)
    sizes = ((len(label_map), label_map.shape[1]) for label_map in maps)
    return count_tiles(sizes, config.tile_px or int(generator.info["tile_px"]), config.overlap)


@dataclass(frozen=True)
class _Source:
    """A label map, its instance labels where the generator needs them, and where they are from."""

    path: Path
    label_map: np.ndarray
    instances: np.ndarray | None
    instances_from: str


def _read(generator: TrainedGenerator, path: Path, instance_path: Path | None) -> _Source:
    label_map = read_map(path, generator.n_codes)
    if not generator.needs_instances:
        return _Source(path, label_map, None, "not used")
    if instance_path is None:
        return _Source(path, label_map, generator.cells(label_map), "found in the label map")
    instances = read_instances(instance_path, (label_map.shape[0], label_map.shape[1]))
    return _Source(path, label_map, instances, instance_path.as_posix())


def _requests(
    source: _Source, like: Image | None, numbers: Sequence[int], seed: tuple[int, str, str]
) -> Iterator[FieldRequest]:
    name = source.path.stem
    for number in numbers:
        yield FieldRequest(
            name=f"{name}_s{number}" if number else name,
            map_path=source.path,
            like=like,
            sample=number,
            seed=derive_seed(*seed, name, number),
            first_seed=derive_seed(*seed, name, 0),
            instances_from=source.instances_from,
        )


def _write_pair(
    output: Path,
    image: Image,
    label_map: np.ndarray,
    made_from: dict[str, str],
    seams: float | None,
) -> dict[str, str]:
    """Write one image and its label map; return its row of the manifest."""
    image_file, labels_file = f"fields/{image.name}.ome.tif", f"fields/{image.name}_labels.tif"
    write_image(output / image_file, image, made_from)
    write_label_map(output / labels_file, label_map, image.pixel_size_um)
    return {
        "name": image.name,
        "image": image_file,
        "labels": labels_file,
        "image_sha256": sha256_file(output / image_file),
        "labels_sha256": sha256_file(output / labels_file),
        "seam_ratio": "" if seams is None else f"{seams:.4f}",
        **made_from,
    }
