"""Make a set of images of another domain, with provenance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cytoforge import __version__
from cytoforge.compute.devices import pick_device
from cytoforge.config.models import SynthesisConfig
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.set_manifest import read_manifest, write_manifest
from cytoforge.jobs.provenance import hash_settings, sha256_file
from cytoforge.synthesis.seams import field_seam_ratio
from cytoforge.synthesis.trained import load_trained
from cytoforge.synthesis.translation import Translation, translation_of


@dataclass(frozen=True)
class TranslationRequest:
    """What is translated.

    Attributes
    ----------
    model_name : the model's name in the config
    images : canonical images; none where those of another set are taken
    images_of : manifest.csv of that set
    """

    model_name: str
    from_domain: str
    to_domain: str
    images: Sequence[Path] = ()
    images_of: Path | None = None

    def sources(self) -> Mapping[Path, str]:
        """Return the images and the image of samples.tsv behind each."""
        if self.images_of is None:
            return {path: path.name.removesuffix(".ome.tif") for path in self.images}
        return {Path(row["image"]): row["source"] for row in read_manifest(self.images_of)}


def make_translated_set(
    model_folder: str | Path,
    request: TranslationRequest,
    output: str | Path,
    config: SynthesisConfig,
    *,
    threads: int | None = None,
    device: str = "auto",
) -> None:
    """Write `fields/{name}.ome.tif` per image, and manifest.csv.

    The manifest has one row per image: its file, its SHA-256, its seam ratio and its provenance.
    Made images have the names, the size and the pixel size of those that they were made of.
    """
    target, device_line = pick_device(device, threads)
    print(device_line)
    translate = translation_of(load_trained(model_folder, target), request.to_domain, config)
    print(translate.line)
    write_manifest(output, list(_rows(translate, request, Path(output))))


def _rows(
    translate: Translation, request: TranslationRequest, output: Path
) -> Iterator[dict[str, str]]:
    """Translate one image after the other; yield its row of the manifest."""
    for path, source in request.sources().items():
        image = read_image(path)
        print(f"translating {image.name} from {request.from_domain} to {request.to_domain}")
        made = translate(image)
        made_from = _provenance(translate, request, path)
        file = f"fields/{made.name}.ome.tif"
        write_image(output / file, made, made_from)
        # Borders of tiles lie so many pixels apart in the image.
        side = translate.tile_px * translate.reduced
        seams = field_seam_ratio(made.pixels, side, translate.config.overlap)
        yield {
            "name": made.name,
            "image": file,
            "image_sha256": sha256_file(output / file),
            "source": source,
            "seam_ratio": "" if seams is None else f"{seams:.4f}",
            **made_from,
        }


def _provenance(translate: Translation, request: TranslationRequest, path: Path) -> dict[str, str]:
    """Return what identifies how an image was made; the same text on every machine."""
    info, settings = translate.info, translate.config.model_dump(mode="json")
    return {
        "model": request.model_name,
        "architecture": str(info["model"]),
        "weights_sha256": str(info["weights_sha256"]),
        "settings": hash_settings({"training": info["training"], "synthesis": settings}),
        "from": request.from_domain,
        "to": request.to_domain,
        "image_file": path.as_posix(),
        "cytoforge": __version__,
    }
