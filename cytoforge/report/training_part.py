"""Part 4 of the page: how each generator learned."""

from collections.abc import Sequence
from typing import Any

from cytoforge.report.charts import Mark, Series, line_chart
from cytoforge.report.numbers import MISSING, duration, number
from cytoforge.report.pictures import photo
from cytoforge.report.results import Results, read_json, read_rgb, read_rows, real

POSITION = {"step", "epoch", "images_seen", "learning_rate", "seconds"}
VALIDATION = {"val_l1": "L1", "val_lpips": "LPIPS"}
LOSS_NAMES = {
    "g_total": "generator, total",
    "g_gan": "generator, adversarial",
    "g_l1": "generator, L1",
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
}
CARD = "model_card.md"
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
    return {
        "name": model_name,
        "charts": [*loss_charts(history), *validation_charts(history, model.get("best_step"))],
        "facts": _facts(results, model_name, settings, totals, model),
        "card": CARD if (folder / CARD).is_file() else "",
        "sheet": None
        if sheet is None
        else photo(
            sheet,
            f"Validation samples of {model_name}: label map, synthetic, real",
            title="label map · synthetic · real",
        ),
    }


def loss_charts(history: Rows) -> list[dict[str, Any]]:
    """Return the curves of all losses in a history, those of each side in one chart."""
    names = [n for n in (history[0] if history else ()) if n not in POSITION | VALIDATION.keys()]
    discriminator = [name for name in names if name.lower().startswith("d")]
    generator = [name for name in names if name not in discriminator]
    groups = (("Generator losses", generator), ("Discriminator losses", discriminator))
    return [_loss_chart(title, _series(history, group)) for title, group in groups if group]


def _loss_chart(title: str, series: Sequence[Series]) -> dict[str, Any]:
    """Return losses on a logarithmic axis, unless one is negative (WGAN).

    A loss that is 0 now and then, as a regulariser of every 16th step, is not drawn there.
    """
    if any(y < 0 for line in series for y in line.y):
        return _chart(title, series)
    return _chart(title, [_positive(line) for line in series], log=True)


def _positive(line: Series) -> Series:
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y > 0]
    return Series(line.name, [x for x, _ in points], [y for _, y in points], line.colour)


def validation_charts(history: Rows, best_step: int | None) -> list[dict[str, Any]]:
    """Return a chart a validation score that a history has; the kept step is marked."""
    mark = None if best_step is None else Mark(best_step, f"kept: step {best_step}")
    charts = []
    for column, label in VALIDATION.items():
        series = _series(history, [column], {column: f"validation {label}"})
        if series[0].x:
            charts.append(_chart(f"Validation {label}", series, mark=mark, dots=True))
    return charts


def _chart(title: str, series: Sequence[Series], **options: Any) -> dict[str, Any]:
    return {
        "title": title,
        "legend": [(line.name, line.colour) for line in series] if len(series) > 1 else [],
        "svg": line_chart(series, "step", **options),
    }


def _series(
    history: Rows, columns: Sequence[str], labels: dict[str, str] | None = None
) -> list[Series]:
    labels = labels or LOSS_NAMES
    found = []
    for colour, column in enumerate(columns):
        points = [(real(row["step"]), real(row.get(column))) for row in history]
        kept = [(x, y) for x, y in points if x is not None and y is not None]
        name = labels.get(column, column.replace("_", " "))
        found.append(Series(name, [x for x, _ in kept], [y for _, y in kept], colour))
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
    for name, count in totals.get("parameters", {}).items():
        facts.append((f"parameters, {name}", f"{count:,}"))
    if "device" in totals:
        facts.append(("device", f"{totals['device']}, {totals['precision']}"))
    if "seconds" in totals:
        facts.append(("time", duration(totals["seconds"])))
    return facts
