"""Synthesise every requested field of one experiment: pairs of image and label map."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cytoforge.config.experiments import SynthesisConfig
from cytoforge.csv_file import write_csv
from cytoforge.images.ome import read_image, write_image
from cytoforge.references.files import write_label_map
from cytoforge.seeds import derive_seed
from cytoforge.segmentation.label_file import decode_labels
from cytoforge.synthesis.fields import FieldRequest, check_label_map, pedigree, synthesise
from cytoforge.synthesis.generator import TrainedGenerator, load_generator
from cytoforge.synthesis.seams import field_seam_ratio
from cytoforge.training.device import pick_device


def synthesise_all(
    model_folder: str | Path,
    map_paths: Iterable[str | Path],
    image_paths: Iterable[str | Path],
    output_folder: str | Path,
    config: SynthesisConfig,
    *,
    experiment: str,
    seed: int,
    threads: int | None = None,
    device: str = "auto",
) -> None:
    """Write `{map}.ome.tif`, `{map}_labels.tif` a field, and manifest.csv.

    With `config.samples` above 1 further samples are named `{map}_s1`, `{map}_s2`, ….

    Parameters
    ----------
    image_paths : canonical images; a map named like one takes its grey range and pixel size
    """
    output = Path(output_folder)
    images = {Path(path).name.removesuffix(".ome.tif"): Path(path) for path in image_paths}
    with pick_device(device, threads) as (place, device_line):
        print(device_line)
        generator = load_generator(model_folder, place)
        rows = []
        for request in _requests(map_paths, images, config, experiment, seed):
            print(f"synthesising {request.name} from {request.map_path}")
            rows.append(_write_pair(generator, request, config, experiment, output))
    write_csv(output / "manifest.csv", list(rows[0]), (row.values() for row in rows))


def _requests(
    map_paths: Iterable[str | Path],
    images: dict[str, Path],
    config: SynthesisConfig,
    experiment: str,
    seed: int,
) -> Iterator[FieldRequest]:
    for path in map(Path, map_paths):
        like = read_image(images[path.stem]) if path.stem in images else None
        for sample in range(config.samples):
            name = f"{path.stem}_s{sample}" if sample else path.stem
            yield FieldRequest(
                name, path, like, derive_seed(seed, "synthesis", experiment, path.stem, sample)
            )


def _write_pair(
    generator: TrainedGenerator,
    request: FieldRequest,
    config: SynthesisConfig,
    experiment: str,
    output: Path,
) -> dict[str, str]:
    stored = decode_labels(request.map_path, str(request.map_path))
    label_map = check_label_map(stored, generator.n_codes, request.map_path)
    image = synthesise(generator, label_map, request, config)
    tile_px = config.tile_px or generator.info["tile_px"]
    seams = field_seam_ratio(image.pixels, tile_px, config.overlap)
    made_from = pedigree(generator, request, config, experiment)
    write_image(output / f"{request.name}.ome.tif", image, made_from)
    write_label_map(output / f"{request.name}_labels.tif", label_map, image.pixel_size_um)
    return {
        "name": request.name,
        "image": f"{request.name}.ome.tif",
        "labels": f"{request.name}_labels.tif",
        "seam_ratio": "" if seams is None else f"{seams:.4f}",
        **made_from,
    }
