"""Config of the metrics."""

from pydantic import Field, model_validator

from cytoforge.config.base import Section, number

# Pairs of samples that LPIPS compares, at 0.05 s each.
MAX_PAIRS = 50_000


class DiversityConfig(Section):
    patches: int = number(8, ge=1, le=1000, why="each is sampled and compared many times")
    """Test tiles whose label maps are sampled, at most."""
    samples: int = number(
        4, ge=2, le=100, why="every two of them are compared, 4950 pairs per label map"
    )
    """Images generated from each label map."""

    @model_validator(mode="after")
    def _pairs_end(self) -> "DiversityConfig":
        pairs = self.patches * self.samples * (self.samples - 1) // 2
        if pairs > MAX_PAIRS:
            raise ValueError(
                f"{self.patches} patches of {self.samples} samples make {pairs:,} pairs to compare;"
                f" at most {MAX_PAIRS:,}, which take three quarters of an hour on a CPU"
            )
        return self


class MetricsConfig(Section):
    patch_px: int = number(
        128,
        ge=32,
        le=4096,
        why="smaller patches are too small for some metrics; tiles are no larger",
    )
    """Side of the patches of the test regions on which pairs are compared."""
    max_patches: int = number(2000, ge=2, le=50_000, why="all are held in memory at once")
    """At most this many test patches are scored, chosen at random (seeded) where there are more."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Coverage of the t intervals over images (patients, volumes: what the split keeps together).
    Fewer than six have none: the value of each is shown, and nothing is ranked."""
    outlier_mads: float = number(3.5, gt=0, le=1000, why="no pair is as far from the median")
    """A pair is an outlier when its robust z-score (median, MAD) exceeds this."""
    psnr_cap_db: float = number(
        100, gt=0, le=1000, why="images that differ at all have less than 200 dB"
    )
    """PSNR of identical images; how often it was needed is reported."""
    memorisation_patches: int = number(
        2000, ge=1, le=50_000, why="every test patch is compared with each in eight symmetries"
    )
    """At most this many patches of training tiles are searched for copies, and as many held-out
    ones beside them, chosen at random (seeded) where there are more."""
    diversity: DiversityConfig = DiversityConfig()
    """How different images generated from one label map are (LPIPS between samples)."""
    weights_dir: str | None = None
    """Folder with weight files (resources/weights.tsv). Null: CYTOFORGE_WEIGHTS, then the
    torch hub cache."""
    download: bool = False
    """Whether missing weights may be fetched from their canonical address."""


class ReportConfig(Section):
    title: str = "cytoforge report"
    """Heading of the report page."""
    examples: int = number(3, ge=1, le=20, why="every pair makes the page larger")
    """Best and worst pairs shown per model."""
