"""The model card of a segmentation network, as Markdown."""

from collections.abc import Mapping
from typing import Any

from cytoforge.segmentation.learned.network_file import TrainedNetwork

_KINDS = {
    "phase": "whole cells in phase contrast, DIC or bright field (one grey channel)",
    "stain": "nuclei in stained sections (red, green, blue)",
}


def card_text(name: str, trained: TrainedNetwork) -> str:
    """Return what a network is for, what it has seen, under which licence, and how well it does."""
    card, network = trained.card, trained.network
    count = sum(parameter.numel() for parameter in network.parameters())
    size = trained.pixel_size_um
    lines = [
        f"# Segmentation network `{name}`",
        "",
        f"Finds {_KINDS[trained.kind]}. A U-Net of {count:,} parameters"
        f" ({', '.join(map(str, network.widths))} channels), trained from {_beginning(card)}.",
        "",
        f"- Data: {card['origin'] or 'not stated'}. Licence: {card['licence'] or 'not stated'}.",
        f"- Objects of training: {trained.diameter_px:.0f} px across as the network sees them"
        + (f" ({size:.2f} µm per px)." if size else "; pixel size not known."),
        f"- Fields: {len(card['training_fields'])} to train on,"
        f" {len(card['validation_fields'])} to choose the decoding,"
        f" {len(card['test_fields'])} kept aside.",
        f"- F1 at IoU 0.5: {_shown(card['f1_test'])} on the fields kept aside"
        f" ({', '.join(card['test_fields']) or 'none'}), which chose nothing;"
        f" {_shown(card['f1_validation'])} on those of validation.",
        *([f"- {card['note']}"] if card.get("note") else []),
        "- Limits: it knows the cells and microscopes of its data. Look at the overlay, and train"
        " it on with a few labelled fields of your own (`initial`) where that does not convince.",
    ]
    return "\n".join(lines) + "\n"


def _beginning(card: Mapping[str, Any]) -> str:
    """Say what training began from; that network has learned from fields of its own."""
    return f"the network `{card['initial']}`" if card.get("initial") else "random weights"


def _shown(score: float | None) -> str:
    return "not measured" if score is None else f"{score:.3f}"
