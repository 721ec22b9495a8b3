"""Config of the metrics."""

from pydantic import Field

from cytoforge.config.base import Section


class MetricsConfig(Section):
    patch_px: int = Field(128, ge=32)
    """Side of the patches of the test regions on which pairs are compared."""
    max_patches: int = Field(2000, ge=2)
    """At most this many test patches are scored, drawn at random (seeded) where there are more."""
    bootstrap: int = Field(2000, ge=100)
    """Resamples for the confidence intervals; whole images are resampled, not patches."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Coverage of the intervals."""
    outlier_mads: float = Field(3.5, gt=0)
    """A pair is an outlier when its robust z-score (median, MAD) exceeds this."""
    psnr_cap_db: float = Field(100, gt=0)
    """PSNR of identical images; how often it was needed is reported."""
    weights_dir: str | None = None
    """Folder with weight files (resources/weights.tsv). Null: CYTOFORGE_WEIGHTS, then the
    torch hub cache."""
    download: bool = False
    """May missing weights be fetched from their canonical address?"""


class ReportConfig(Section):
    title: str = "cytoforge report"
    """Heading of the report page."""
    examples: int = Field(3, ge=1, le=20)
    """Best and worst pairs shown an experiment."""
