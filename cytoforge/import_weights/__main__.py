"""Turn weights that were published elsewhere into a model folder.

    python -m cytoforge.import_weights hovernet FILE --mode fast --types 6 --to FOLDER

FILE is what the public PyTorch implementation saves (`.tar`, `.pth`, `.pt`): a dictionary whose
`desc` holds the weights, or these themselves. Nothing but tensors and plain values is unpickled.
Names and shapes must fit; what does not is named. The folder serves `method: trained` (`model:
FOLDER`), and `initial` of a `hovernet`.
"""

import argparse
import sys
from collections.abc import Sequence

from cytoforge.errors import told
from cytoforge.import_weights.hovernet_file import import_hovernet


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the model folder and say what it holds."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.import_weights",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", choices=["hovernet"])
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--mode", choices=["fast", "original"], default="fast")
    parser.add_argument(
        "--types", type=int, default=0, help="classes, the ground among them; 0: no decoder of them"
    )
    parser.add_argument(
        "--names", nargs="+", default=[], help="of the types behind the ground, in their order"
    )
    parser.add_argument(
        "--pixel-size-um", type=float, default=0.25, help="of training; 0.25 are 40 ×"
    )
    parser.add_argument("--to", required=True, metavar="FOLDER")
    given = parser.parse_args(arguments)
    with told():
        count = import_hovernet(
            given.file, given.to, given.mode, given.types, given.names, given.pixel_size_um
        )
        print(f"{given.to}: hovernet, mode {given.mode}, {given.types} types, {count:,} parameters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
