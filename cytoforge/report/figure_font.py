"""The font of figures: DejaVu Sans, reduced to the letters and signs of Latin and Greek.

matplotlib, with which fontTools comes, embeds in each PDF what it uses of a font, and for that
takes apart all of it: 6,000 glyphs and the rules of a dozen scripts, a fifth of a report's time.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from matplotlib import get_data_path
from matplotlib.font_manager import fontManager

REDUCED = "DejaVu Sans Figures"
# What the reduced font lacks is taken of the whole one, which comes with matplotlib: the same
# widths on every machine.
FAMILIES = (REDUCED, "DejaVu Sans")
# Latin with its accents, Greek, punctuation, raised and lowered digits, arrows and operators.
LETTERS = (*range(0x20, 0x180), *range(0x370, 0x400), *range(0x2010, 0x2300), 0x25CF, 0xFFFD)
_FAMILY_NAME_IDS = (1, 16)  # of the table `name`


@cache
def register_figure_font() -> TemporaryDirectory[str]:
    """Let matplotlib know the reduced font, regular and bold; return the folder of its files, which
    lasts as long as the process."""
    folder = TemporaryDirectory()
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        reduced = Path(folder.name, name)
        _write_reduced(Path(get_data_path(), "fonts/ttf", name), reduced)
        fontManager.addfont(reduced)
    return folder


def _write_reduced(whole: Path, reduced: Path) -> None:
    """Write a font with `LETTERS` alone, kerned, under a family name of its own."""
    options = subset.Options(layout_features=[], legacy_kern=True, glyph_names=True, hinting=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "FFTM"]
    font = subset.load_font(str(whole), options)
    taken = subset.Subsetter(options)
    taken.populate(unicodes=LETTERS)
    taken.subset(font)
    for record in font["name"].names:
        if record.nameID in _FAMILY_NAME_IDS:
            record.string = REDUCED
    subset.save_font(font, str(reduced), options)
