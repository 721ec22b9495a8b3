"""Config of the metrics."""

from pydantic import Field

from cytoforge.config.base import Section


class DiversityConfig(Section):
    patches: int = Field(8, ge=1)
    """Test tiles whose label maps are sampled, at most."""
    samples: int = Field(4, ge=2)
    """Images generated from each label map."""


class MetricsConfig(Section):
    patch_px: int = Field(128, ge=32)
    """Side of the patches of the test regions on which pairs are compared."""
    max_patches: int = Field(2000, ge=2)
    """At most this many test patches are scored, chosen at random (seeded) where there are more."""
    bootstrap: int = Field(2000, ge=100)
    """Resamples for the confidence intervals; whole images are resampled, not patches."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Coverage of the intervals."""
    outlier_mads: float = Field(3.5, gt=0)
    """A pair is an outlier when its robust z-score (median, MAD) exceeds this."""
    psnr_cap_db: float = Field(100, gt=0)
    """PSNR of identical images; how often it was needed is reported."""
    memorisation_patches: int = Field(2000, ge=1)
    """At most this many patches of training tiles are searched for copies, chosen at random
    (seeded) where there are more; 0.05 s per patch on a CPU."""
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
    examples: int = Field(3, ge=1, le=20)
    """Best and worst pairs shown per model."""
