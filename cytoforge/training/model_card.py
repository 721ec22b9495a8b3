"""A model card: what a trained generator is, was made of, and is good for (Mitchell et al. 2019,
arXiv:1810.03993), as data and as a page to read."""

from typing import Any

Card = dict[str, Any]

# What a generator makes of what, and how it is used, by its direction.
TASKS = {"labels_to_images": "label map to image", "images_to_labels": "image to label map"}
SNIPPETS = {
    "label map to image": """\
from cytoforge.synthesis.generator import load_generator

generator = load_generator("{folder}")  # this folder
image = generator.field(label_map)  # uint8 (H, W) to float32 (channels, H, W) in 0 to 1
""",
    "image to label map": """\
from cytoforge.images.ome import read_image
from cytoforge.synthesis.prediction import load_predictor

predictor = load_predictor("{folder}")  # this folder
label_map = predictor.field(read_image("results/images/….ome.tif"))  # uint8 (H, W)
""",
}


def model_card(model: dict[str, Any], totals: dict[str, Any], scores: dict[str, float]) -> Card:
    """Return the card as plain values; equal trainings give equal cards.

    Parameters
    ----------
    model : model.json
    totals : training.json, of which nothing that differs from run to run is taken
    scores : validation scores of the weights kept, by name
    """
    training = model["training"]
    return {
        "model": model["model"],
        "task": task(model),
        "labels": {str(code["code"]): code["name"] for code in model["codes"]},
        "channels": model["channels"],
        "tile_px": model["tile_px"],
        "pixel_size_um": model["pixel_size_um"],
        "dtype": model["dtype"],
        "grey_ranges": model["ranges"],
        "training_images": model["training_images"],
        "train_tiles": totals["train_tiles"],
        "val_tiles": totals["val_tiles"],
        "augmentation": training["augment"],
        "steps": model["steps"],
        "images_seen": totals["images_seen"],
        "weights_of_step": model["best_step"],
        "chosen_by": training["select_by"],
        "validation": scores,
        "parameters": totals["parameters"],
        "precision": totals["precision"],
        "seed": model["seed"],
        "weights_sha256": model["weights_sha256"],
        "versions": model["versions"],
        "limits": limits(model),
    }


def task(model: dict[str, Any]) -> str:
    """Return what is made of what."""
    return TASKS[model["training"].get("direction", "labels_to_images")]


def limits(model: dict[str, Any]) -> list[str]:
    """Return what a user of the generator must know."""
    if task(model) == "image to label map":
        return [
            "It has seen only the images named above, and learnt from label maps that a program"
            " made: where that was wrong, so is this.",
            "It names pixels, not cells: touching cells are not told apart but by their rims.",
        ]
    found = [
        "It has seen only the images named above: other cells, stains, microscopes or"
        " magnifications are outside what it can draw.",
        "Label maps must have the codes named above"
        + (f" at {model['pixel_size_um']:g} µm a pixel." if model["pixel_size_um"] else "."),
        "Synthetic images are for training and testing of software, not for measuring biology.",
    ]
    if not model["condition"]["noise"]:
        found.append("One label map gives one image; what varies in nature at equal labels, not.")
    if model["training"]["minutes"]:
        found.append("Its length was a time: training it again gives other weights.")
    return found


def card_page(card: Card, title: str) -> str:
    """Return the card as Markdown."""
    labels = ", ".join(f"{code} {name}" for code, name in card["labels"].items())
    pixel = f"{card['pixel_size_um']:g} µm" if card["pixel_size_um"] else "not known"
    scores = ", ".join(f"{name} {value:.4g}" for name, value in card["validation"].items())
    parameters = ", ".join(f"{name} {count:,}" for name, count in card["parameters"].items())
    rows = [
        ("model", f"{card['model']}, {card['task']}"),
        ("labels", labels),
        ("channels", ", ".join(card["channels"])),
        ("tiles", f"{card['tile_px']} px; pixel size {pixel}; {card['dtype']}"),
        ("training images", ", ".join(card["training_images"])),
        ("data", f"{card['train_tiles']} train tiles, {card['val_tiles']} val tiles"),
        ("training", f"{card['steps']:,} steps, {card['images_seen']:,} tiles seen"),
        ("weights", f"of step {card['weights_of_step']:,}, chosen by {card['chosen_by']}"),
        ("validation", scores or "no val tiles"),
        ("parameters", parameters),
        ("seed", card["seed"]),
        ("sha256", f"`{card['weights_sha256']}`"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    limits = "\n".join(f"- {limit}" for limit in card["limits"])
    return (
        f"# {title}\n\n| | |\n|---|---|\n{table}\n\n## Limits\n\n{limits}\n\n## Use\n\n"
        f"```python\n{SNIPPETS[card['task']].format(folder=title)}```\n\n"
        "Scores on test images: `metrics/` and the report of the run that made it.\n"
    )
