"""Make a set with a trained model: images of label maps, or label maps of images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cytoforge import __version__
from cytoforge.compute.devices import pick_device
from cytoforge.config.models import SynthesisConfig
from cytoforge.images.image import Image
from cytoforge.images.names import sample_mark
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.jobs.provenance import sha256_file
from cytoforge.references.label_map_file import write_label_map
from cytoforge.references.own.classes import classes_of_codes
from cytoforge.references.own.neighbour_slices import NeighbourSlices, SlicePlace
from cytoforge.references.own.user_values import is_own, write_own
from cytoforge.seeds import derive_seed
from cytoforge.synthesis.execution import accelerate, count_tiles
from cytoforge.synthesis.fields import FieldRequest, provenance, synthesise
from cytoforge.synthesis.label_maps import map_name, read_instances, read_map, read_users_map
from cytoforge.synthesis.maps import MapFile, map_files
from cytoforge.synthesis.seams import field_seam_ratio
from cytoforge.synthesis.trained import TrainedModel, load_trained


@dataclass(frozen=True)
class SetRequest:
    """What a set is made of.

    Attributes
    ----------
    model_name : the model's name in the config, which seeds are derived from
    maps : label maps to generate images of; empty where label maps are predicted
    images : canonical images: where images are generated, a map named like one takes its pixel
        size; else those whose label maps are predicted
    instances : segmentations `{map}.ome.tif` or label images `{map}_instances.tif`, whose cells are
        the map's; for maps without one, cells are found in the map itself
    from_user : whether the maps are the user's, from a folder: their values may be the user's own
    samples : numbers of the samples to make of each map
    resample : what further samples resample: `all`, or names of codes
    maps_of, images_of : manifest.csv of another set, whose label maps or images are taken
    names : of the label maps of another set, by file; other maps are named by their file
    objects : segmentations with the exact objects of the label maps of another set, by the name of
        the map
    sources : the real image behind a map or image of another set, by its name
    volumes : the volume of each real image that is a slice, by its name: all slices of a volume are
        made with one seed, so that noise vectors do not change from one to the next
    plane : which slices of the user's label volumes are maps
    places : where real label maps lie that are slices of label volumes, for models that see the
        slices around
    """

    model_name: str
    maps: Sequence[Path] = ()
    images: Sequence[Path] = ()
    instances: Sequence[Path] = ()
    from_user: bool = False
    samples: Sequence[int] = (0,)
    resample: str | tuple[str, ...] = "all"
    maps_of: Path | None = None
    images_of: Path | None = None
    names: Mapping[Path, str] = field(default_factory=dict)
    objects: Mapping[str, Path] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    plane: str = "axial"
    places: Mapping[str, SlicePlace] = field(default_factory=dict)

    def resolved(self) -> "SetRequest":
        """Return the request with the files of the other set."""
        manifest = self.maps_of or self.images_of
        if manifest is None:
            return self
        rows = read_manifest(manifest)
        sources = {row["name"]: row["source"] for row in rows}
        if self.maps_of:
            names = {Path(row["labels"]): row["name"] for row in rows}
            objects = {row["name"]: Path(row["objects"]) for row in rows if row.get("objects")}
            return replace(
                self,
                maps=list(names),
                names=names,
                sources=sources,
                objects=objects,
                from_user=False,
            )
        return replace(self, images=[Path(row["image"]) for row in rows], sources=sources)


def make_set(
    model_folder: str | Path,
    request: SetRequest,
    output: str | Path,
    config: SynthesisConfig,
    *,
    seed: int,
    threads: int | None = None,
    device: str = "auto",
) -> None:
    """Write `fields/{name}.ome.tif` and `fields/{name}_labels.tif` per field, and manifest.csv.

    Of the user's own classes `fields/{name}_own.tif`, or .png in colours, has the user's values.

    The manifest has one row per field: its files, their SHA-256, its seam ratio and its provenance.
    Sample 0 has the map's name, further ones are named `{map}_s1`, `{map}_s2`, …
    (see `sample_mark`).
    """
    target, device_line = pick_device(device, threads)
    print(device_line)
    request = request.resolved()
    model = load_trained(model_folder, target)
    make = _images if model.task.output == "image" else _label_maps
    write_manifest(output, list(make(model, request, Path(output), config, seed)))


def _images(
    generator: TrainedModel, request: SetRequest, output: Path, config: SynthesisConfig, seed: int
) -> Iterator[dict[str, str]]:
    """Generate an image of every label map; yield its row of the manifest."""
    n_tiles = _count_tiles(generator, request, config) * len(request.samples)
    generator, inference_line = accelerate(generator, config, n_tiles)
    print(inference_line)
    images = {path.name.removesuffix(".ome.tif"): path for path in request.images}
    cells = {map_name(path): path for path in request.instances} | dict(request.objects)
    maps = map_files(request.maps, request.names, request.plane)
    around = _neighbours(generator, request, maps)
    mark = sample_mark(one.name for one in maps)
    for one in maps:
        name = one.name
        origin = request.sources.get(name, name)
        source = _read(generator, one, cells.get(name), request.from_user)
        size = generator.info["pixel_size_um"]
        if origin in images:
            size = read_image(images[origin]).pixel_size_um
        beside = around.of(name) if around else None
        volume = one.volume or request.volumes.get(origin, "")
        for wanted in _requests(name, mark, source, size, request, (seed, volume)):
            print(f"synthesising {wanted.name} from {one.path}")
            label_map, instances = source.label_map, source.instances
            made = synthesise(generator, label_map, instances, wanted, config, beside)
            made_from = provenance(generator, wanted, config, request.model_name)
            tile_px = config.tile_px or generator.info["tile_px"]
            seams = field_seam_ratio(made.pixels, tile_px, config.overlap)
            found = {"map": name, "seam_ratio": "" if seams is None else f"{seams:.4f}"}
            yield _write_pair(output, made, source.label_map, origin, found, made_from)
            _write_own(output, made.name, source.label_map, generator)


def _neighbours(
    generator: TrainedModel, request: SetRequest, maps: Sequence[MapFile]
) -> NeighbourSlices | None:
    """Return what reads the slices around each map, for models that see them."""
    if not generator.config.neighbours:
        return None
    own = {
        one.name: SlicePlace(str(one.path), axis, number)
        for one in maps
        for axis, number in one.plane.items()
    }
    classes = classes_of_codes(generator.codes)
    return NeighbourSlices(classes, generator.config.neighbours, {**request.places, **own})


def _label_maps(
    model: TrainedModel, request: SetRequest, output: Path, config: SynthesisConfig, seed: int
) -> Iterator[dict[str, str]]:
    """Predict a label map of every image; yield its row of the manifest."""
    for path in request.images:
        image = read_image(path).with_channels(model.channels)
        print(f"predicting the label map of {image.name}")
        file = f"fields/{image.name}_labels.tif"
        label_map = model.field(image, config=config)
        write_label_map(output / file, label_map, image.pixel_size_um)
        _write_own(output, image.name, label_map, model)
        yield {
            "name": image.name,
            "labels": file,
            "labels_sha256": sha256_file(output / file),
            "source": request.sources.get(image.name, image.name),
            "model": request.model_name,
            "architecture": str(model.info["model"]),
            "weights_sha256": str(model.info["weights_sha256"]),
            "image_file": path.as_posix(),
            "cytoforge": __version__,
        }


def _write_own(output: Path, name: str, label_map: np.ndarray, model: TrainedModel) -> None:
    """Write a map of the user's own classes in the user's own values too."""
    if is_own(model.codes):
        write_own(output / "fields", name, label_map, model.codes)


def _count_tiles(generator: TrainedModel, request: SetRequest, config: SynthesisConfig) -> int:
    """Return how many tiles one sample of every map has; 0 where the number decides nothing."""
    if config.inference != "fast":
        return 0
    files = map_files(request.maps, request.names, request.plane)
    maps = (_read_map(generator, one, request.from_user) for one in files)
    sizes = ((len(label_map), label_map.shape[1]) for label_map in maps)
    return count_tiles(sizes, config.tile_px or int(generator.info["tile_px"]), config.overlap)


@dataclass(frozen=True)
class _Source:
    """A label map, its instance labels where the generator needs them, and where they are from."""

    path: Path
    label_map: np.ndarray
    instances: np.ndarray | None
    instances_from: str


def _read_map(generator: TrainedModel, one: MapFile, from_user: bool) -> np.ndarray:
    if from_user:
        return read_users_map(one.path, generator.n_codes, generator.codes, one.plane)
    return read_map(one.path, generator.n_codes, generator.codes)


def _read(
    generator: TrainedModel, one: MapFile, instance_path: Path | None, from_user: bool
) -> _Source:
    path, label_map = one.path, _read_map(generator, one, from_user)
    if not generator.needs_instances:
        return _Source(path, label_map, None, "not used")
    if instance_path is None:
        return _Source(path, label_map, generator.cells(label_map), "found in the label map")
    instances = read_instances(instance_path, (label_map.shape[0], label_map.shape[1]))
    return _Source(path, label_map, instances, instance_path.as_posix())


def _requests(
    name: str,
    mark: str,
    source: _Source,
    pixel_size_um: float | None,
    request: SetRequest,
    drawn: tuple[int, str],
) -> Iterator[FieldRequest]:
    seed, volume = drawn
    seeds = (seed, "synthesis", request.model_name, volume or name)
    for number in request.samples:
        yield FieldRequest(
            name=f"{name}{mark}{number}" if number else name,
            map_path=source.path,
            pixel_size_um=pixel_size_um,
            sample=number,
            seed=derive_seed(*seeds, number),
            first_seed=derive_seed(*seeds, 0),
            resample=request.resample,
            instances_from=source.instances_from,
            volume_slice=name if volume else "",
        )


def _write_pair(
    output: Path,
    image: Image,
    label_map: np.ndarray,
    source: str,
    found: dict[str, str],
    made_from: dict[str, str],
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
        "source": source,
        **found,
        **made_from,
    }
