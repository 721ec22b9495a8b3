"""Model folders as training writes them, with tiny untrained generators."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from cytoforge.config.references import ReferenceConfig
from cytoforge.config.training import config_class
from cytoforge.jobs.provenance import sha256_file
from cytoforge.models.registry import networks_of
from cytoforge.networks.equalised import init_equalised
from cytoforge.networks.initialisation import init_weights
from cytoforge.references.codes import code_table, codes_to_rows

CODES = code_table(ReferenceConfig(segmentation="cells", levels=4))
N_CODES = len(CODES)


def write_model(folder: Path, model: str, training: dict[str, Any], **info: Any) -> Path:
    """Write model.safetensors and model.json of 64 px tiles of one channel."""
    folder.mkdir()
    config = config_class(model).model_validate(training)
    sampler = networks_of(model).build_sampler(config, N_CODES, 1)
    init = init_equalised if model.startswith("stylegan") else init_weights
    init(sampler, seed=0)
    weights = folder / "model.safetensors"
    save_file({name: value.contiguous() for name, value in sampler.state_dict().items()}, weights)
    facts = {
        "model": model,
        "training": config.model_dump(mode="json"),
        "condition": sampler.described(),
        "codes": codes_to_rows(CODES),
        "n_codes": N_CODES,
        "channels": ["actin"],
        "tile_px": 64,
        "dtype": "uint16",
        "ranges": [[100.0, 4100.0, "percentile"]],
        "pixel_size_um": 0.65,
        "weights_sha256": sha256_file(weights),
        **info,
    }
    (folder / "model.json").write_text(json.dumps(facts))
    return folder
