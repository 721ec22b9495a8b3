"""Segment files without a workflow: a first try, and a door for other tools.

    python -m cytoforge.segment FILE... --to FOLDER [--method watershed] [--set key=value ...]
                                [--shading per_image]

Any method of the config, any format that the workflow reads. `--set` takes the keys of a block of
`segmentations`, e.g. `--set nuclei_channel=haematoxylin nucleus_diameter_px=19 gap.enabled=false`.
`--shading per_image` takes each image's uneven light away first, as `images.shading` does.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from cytoforge.config.one_method import method_settings
from cytoforge.errors import told
from cytoforge.segment.of_files import Segmented, segment_files


def main(arguments: Sequence[str] | None = None) -> int:
    """Segment, say of each image what was found, and return how many were without an object."""
    parser = argparse.ArgumentParser(
        prog="python -m cytoforge.segment",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--method", default="watershed")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE")
    parser.add_argument("--shading", choices=("none", "per_image"), default="none")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    failed = 0
    with told():
        config = method_settings(given.method, given.set)
        for one in segment_files(given.files, config, given.to, given.shading):
            print(line_of(one), flush=True)
            failed += bool(one.failed)
    return failed


def line_of(one: Segmented) -> str:
    """Return what was found in an image, in one line."""
    found = one.failed or "; ".join(tally.in_words() for tally in one.tallies)
    doubt = f"; {one.doubt}" if one.doubt else ""
    return f"{one.image}: {found} ({one.method}){doubt}"


if __name__ == "__main__":
    sys.exit(main() > 0)
