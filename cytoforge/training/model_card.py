"""A model card: what a trained generator is, was made of, and is good for (Mitchell et al. 2019,
arXiv:1810.03993), as data and as a page to read."""

from typing import Any

from cytoforge.config.task import Task, task_named, task_text

Card = dict[str, Any]


def model_card(
    model: dict[str, Any], totals: dict[str, Any], scores: dict[str, float], chosen_by: str
) -> Card:
    """Return the card as plain values; equal trainings give equal cards.

    Parameters
    ----------
    model : model.json
    totals : training.json, of which nothing that differs from run to run is taken
    scores : validation scores of the weights kept, by name
    chosen_by : the score that chose these weights, which is not the one that was to where it could
        not be computed; `last` where none did
    """
    training = model["training"]
    task = task_named(training["task"])
    domains = {"domains": model["domains"]} if "domains" in model else {}
    return {
        "model": model["model"],
        "task": task.name,
        **domains,
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
        "chosen_by": chosen_by,
        "validation": scores,
        "parameters": totals["parameters"],
        "precision": totals["precision"],
        "seed": model["seed"],
        "weights_sha256": model["weights_sha256"],
        "versions": model["versions"],
        "notes": notes(model, task),
    }


def notes(model: dict[str, Any], task: Task) -> list[str]:
    """Return what a user must know beside what the task's text says."""
    found = []
    if "labels" in task.inputs and not model["condition"]["draws"]:
        found.append("One label map gives one image; what varies in nature at equal labels, not.")
    if model["outcome"]["collapsed"]:
        found.append(f"Not to be used: {model['outcome']['collapsed']}.")
    if model["worsening"]:
        found.append(f"Caution: {model['worsening']}.")
    if model["training"]["minutes"]:
        found.append("Its length was a time: training it again gives other weights.")
    return found


def card_page(card: Card, title: str) -> str:
    """Return the card as Markdown."""
    task = task_named(card["task"])
    labels = ", ".join(f"{code} {name}" for code, name in card["labels"].items())
    pixel = f"{card['pixel_size_um']:g} µm" if card["pixel_size_um"] else "not known"
    scores = ", ".join(f"{name} {value:.4g}" for name, value in card["validation"].items())
    parameters = ", ".join(f"{name} {count:,}" for name, count in card["parameters"].items())
    choice = "the last" if card["chosen_by"] == "last" else f"chosen by {card['chosen_by']}"
    rows = [
        ("model", f"{card['model']}, {task.summary}"),
        ("domains", " to ".join(card["domains"])) if "domains" in card else ("labels", labels),
        ("channels", ", ".join(card["channels"])),
        ("tiles", f"{card['tile_px']} px; pixel size {pixel}; {card['dtype']}"),
        ("training images", ", ".join(card["training_images"])),
        ("data", f"{card['train_tiles']} train tiles, {card['val_tiles']} val tiles"),
        ("training", f"{card['steps']:,} steps, {card['images_seen']:,} tiles seen"),
        ("weights", f"of step {card['weights_of_step']:,}, {choice}"),
        ("validation", scores or "no val tiles"),
        ("parameters", parameters),
        ("seed", card["seed"]),
        ("sha256", f"`{card['weights_sha256']}`"),
        *(("note", note) for note in card["notes"]),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return (
        f"# {title}\n\n| | |\n|---|---|\n{table}\n\n"
        f"{task_text(card['task']).format(folder=title)}\n"
        "Scores on test images: `metrics/` and the report of the run that made it.\n"
    )
