"""Part 4 of the page: how each generator learned."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cytoforge.config.task import MAPS, TRANSLATION, UNPAIRED_TASK, Task, task_named
from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.report.drawing import panels, publish, styled
from cytoforge.report.numbers import MISSING, duration, number
from cytoforge.report.pictures import photo
from cytoforge.report.plots import Curve, curves, mark_value
from cytoforge.report.results import Results, read_rgb

POSITION = {"step", "epoch", "images_seen", "learning_rate", "seconds"}
SCORE = "val_"  # begins the columns of validation scores
SHORT_NAMES = {
    "l1": "L1",
    "lpips": "LPIPS",
    "fid": "FID",
    "vgg16_frechet": "VGG16 Fréchet distance",
    "psnr": "PSNR (dB)",
    "rmse": "RMSE",
    "ssim": "SSIM",
    "f1": "F1",
    "ap": "AP",
    "pq": "PQ",
}
MORE_IS_BETTER = {"psnr", "ssim", "f1", "ap", "pq"}
GROUP_NAMES = {"g": "generator", "d": "discriminator"}
PANEL_IN = 1.9
LOSS_NAMES = {
    "g_total": "generator, total",
    "g_gan": "generator, adversarial",
    "g_l1": "generator, L1",
    "g_gradient": "generator, gradient difference",
    "g_features": "generator, feature matching",
    "g_vgg": "generator, VGG",
    "g_segment": "generator, segmentation",
    "g_wavelet": "generator, wavelet",
    "g_mask": "generator, mask",
    "d_real": "discriminator, real",
    "d_fake": "discriminator, synthetic",
    "d_segment": "discriminator, segmentation",
    "d_mix": "discriminator, LabelMix",
    "d_wavelet_real": "wavelet discriminator, real",
    "d_wavelet_fake": "wavelet discriminator, synthetic",
    "d_r1": "discriminator, R1",
    "d_penalty": "discriminator, gradient penalty",
    "d_total": "discriminator",
    "g_gan_a": "adversarial, A made of B",
    "g_gan_b": "adversarial, B made of A",
    "g_cycle_a": "cycle, A",
    "g_cycle_b": "cycle, B",
    "g_identity_a": "identity, A",
    "g_identity_b": "identity, B",
    "g_haematoxylin_a": "haematoxylin kept, A",
    "g_haematoxylin_b": "haematoxylin kept, B",
    "g_nce_a": "PatchNCE, A",
    "g_nce_b": "PatchNCE, B",
    "d_real_a": "real A",
    "d_fake_a": "synthetic A",
    "d_real_b": "real B",
    "d_fake_b": "synthetic B",
    "g_path": "generator, path length",
    "ada_p": "probability of augmentation",
}
CARD = "model_card.md"
# Of the sample sheet, by what the model makes.
COLUMNS = {
    "image": ("label map", "synthetic", "real"),
    "label_map": ("image", "predicted", "label map"),
    "instances": ("image", "found", "true"),
    MAPS: ("drawn", "real, of other places"),
    UNPAIRED_TASK: ("label map", "synthetic", "real, of other places"),
}
Rows = Sequence[dict[str, str]]


def training_part(results: Results) -> dict[str, Any]:
    """Return curves, totals and the sample sheet of each model."""
    return {"blocks": [_block(results, name) for name in results.config["models"]]}


def _block(results: Results, model_name: str) -> dict[str, Any]:
    folder = results.model_folder(model_name)
    history = read_rows(folder / "history.csv")
    model = read_json(folder / "model.json") or {}
    totals = read_json(folder / "training.json") or {}
    sheet = read_rgb(folder / "samples.png")
    settings = model.get("training", {})
    columns = _columns(task_named(settings.get("task", "labels_to_image")), model)
    return {
        "name": model_name,
        "figure": _figure(results, model_name, history, model),
        "facts": _facts(results, model_name, settings, totals, model),
        "card": CARD if (folder / CARD).is_file() else "",
        "sheet": None
        if sheet is None
        else photo(
            sheet,
            f"Validation samples of {model_name}: {', '.join(columns)}",
            title=" · ".join(columns),
        ),
    }


def _columns(task: Task, model: dict[str, Any]) -> tuple[str, ...]:
    """Return what the columns of the sample sheet show."""
    if task.makes != TRANSLATION:
        return COLUMNS[task.name if task.name in COLUMNS else task.makes]
    a, b = model.get("domains", ("first domain", "second domain"))
    there = (f"real {a}", f"{b} made of it", f"real {b}")
    return (*there, f"{a} made of it") if model["condition"]["reverse"] else there


def _figure(
    results: Results, model_name: str, history: Rows, model: dict[str, Any]
) -> Markup | None:
    figure = training_figure(history, model.get("losses", {}), model.get("best_step"))
    label = f"Losses and validation scores of {model_name} by step"
    name = f"training_{model_name}"
    return publish(figure, results.figures, name, label) if figure else None


def loss_groups(columns: Iterable[str], told: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the losses of a history by group, each group to be drawn in one panel.

    `told` are the groups that the model names; a loss in none of them is grouped by what stands
    before its first underscore.

    >>> loss_groups(["step", "g_gan", "g_l1", "d_real", "val_l1"], {})
    {'g': ['g_gan', 'g_l1'], 'd': ['d_real']}
    """
    losses = [name for name in columns if name not in POSITION and not name.startswith(SCORE)]
    groups = {group: [n for n in names if n in losses] for group, names in told.items()}
    known = {name for names in groups.values() for name in names}
    for name in losses:
        if name not in known:
            groups.setdefault(name.split("_")[0], []).append(name)
    return {group: names for group, names in groups.items() if names}


def score_label(column: str) -> str:
    """Return a validation score's name for people.

    >>> score_label("val_l1"), score_label("val_lpips"), score_label("val_panoptic_quality")
    ('L1', 'LPIPS', 'panoptic quality')
    """
    name = column.removeprefix(SCORE)
    return SHORT_NAMES.get(name, name.replace("_", " "))


@styled
def training_figure(
    history: Rows, groups: Mapping[str, Sequence[str]], best_step: int | None
) -> Figure | None:
    """Return the curves of all losses, one panel per group, and of each validation score, with the
    kept step; None for an empty history."""
    drawn = [
        (f"{GROUP_NAMES.get(group, group).capitalize()} losses", _curves(history, names))
        for group, names in loss_groups(history[0] if history else (), groups).items()
    ]
    scores = [
        (f"Validation {score_label(column)}", _curves(history, [column]))
        for column in (history[0] if history else ())
        if column.startswith(SCORE)
    ]
    scores = [(title, lines) for title, lines in scores if lines[0].x]
    if not drawn and not scores:
        return None
    figure, axes = panels(len(drawn) + len(scores), 2, PANEL_IN)
    for panel, (title, lines) in zip(axes, drawn, strict=False):
        _draw_losses(panel, lines)
        panel.set_title(title)
        panel.set_ylabel("loss")
    for panel, (title, lines) in zip(axes[len(drawn) :], scores, strict=True):
        curves(panel, lines, dots=True)
        panel.set_title(title)
        panel.set_ylabel("score")
        if best_step is not None:
            mark_value(panel, best_step, f"kept: step {best_step}")
    return figure


def _draw_losses(axes: Axes, lines: Sequence[Curve]) -> None:
    """Draw losses on a logarithmic axis, unless one is negative (WGAN).

    A loss that is 0 now and then, as a regulariser of every 16th step, is not drawn there.
    """
    if any(y < 0 for line in lines for y in line.y):
        curves(axes, lines)
    else:
        curves(axes, [_positive(line) for line in lines], log=True)


def _positive(line: Curve) -> Curve:
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y > 0]
    return Curve(line.name, [x for x, _ in points], [y for _, y in points], line.colour)


def _curves(history: Rows, columns: Sequence[str]) -> list[Curve]:
    found = []
    for colour, column in enumerate(columns):
        points = [(real(row["step"]), real(row.get(column))) for row in history]
        kept = [(x, y) for x, y in points if x is not None and y is not None]
        name = LOSS_NAMES.get(column, column.replace("_", " "))
        found.append(Curve(name, [x for x, _ in kept], [y for _, y in kept], colour))
    return found


def _facts(
    results: Results,
    model_name: str,
    settings: dict[str, Any],
    totals: dict[str, Any],
    model: dict[str, Any],
) -> list[tuple[str, str]]:
    block = results.config["models"][model_name]
    kept = f"step {model.get('best_step', MISSING)}"
    if settings.get("select_by") == "last":
        kept += ", the last"
    if model.get("best_score") is not None:
        kept += f", validation score {number(model['best_score'])}"
    known = {key: totals.get(key, MISSING) for key in ("train_tiles", "val_tiles", "steps")}
    tiles = f"{known['train_tiles']} train and {known['val_tiles']} val tiles"
    facts = [
        ("model", f"{block['model']}, preset {block['preset']}"),
        ("data", f"{block['dataset']}: {tiles}"),
        ("steps", f"{known['steps']}, batch {settings.get('batch_size', MISSING)}"),
        ("weights kept", kept),
    ]
    if collapsed := model.get("outcome", {}).get("collapsed"):
        facts.append(("warning", collapsed))
    if worse := model.get("worsening"):
        facts.append(("warning", worse))
    for name, count in totals.get("parameters", {}).items():
        facts.append((f"parameters, {name}", f"{count:,}"))
    if "device" in totals:
        facts.append(("device", f"{totals['device']}, {totals['precision']}"))
    if "seconds" in totals:
        facts.append(("time", duration(totals["seconds"])))
    return facts
