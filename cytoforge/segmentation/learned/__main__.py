"""Train a segmentation network on labelled fields, choose how it is decoded, and score it.

    python -m cytoforge.segmentation.learned resources/networks/phase.yaml --data FOLDER

`--data` holds the `folders` of the file. Written beside the file: `<name>.safetensors`, for
`network` of the methods `phase` and `stain`, and `<name>.md`, its model card.
"""

import argparse
import logging
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.segmentation.learned.fit import fit
from cytoforge.segmentation.learned.network_card import card_text
from cytoforge.segmentation.learned.network_file import save_network
from cytoforge.segmentation.learned.recipe_file import read_fields, read_training_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", type=Path, help="YAML file with folders, split and recipe")
    parser.add_argument("--data", type=Path, default=Path(), help="folder that holds the folders")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        settings = read_training_file(arguments.settings)
        fields = read_fields(settings, arguments.data)
        trained = fit(settings, fields)
    except UserError as error:
        raise SystemExit(str(error)) from None
    save_network(trained, arguments.settings.with_suffix(".safetensors"))
    arguments.settings.with_suffix(".md").write_text(card_text(arguments.settings.stem, trained))


if __name__ == "__main__":
    main()
