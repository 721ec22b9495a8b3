"""Every example can be planned with the profile: no group waits for a job that waits for it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def planned(folder: Path, config: Path) -> str:
    """Plan a run of a config beside links to the project's files; return what is wrong."""
    for name in ("config", "resources"):
        (folder / name).symlink_to(ROOT / name)
    run = folder / "runs/example"
    run.mkdir(parents=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "-n", "-q", "--snakefile", ROOT / "Snakefile"),
            *("--workflow-profile", ROOT / "profiles/slurm", "--directory", run),
            *("--configfile", config),
        ],
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", ["stains", "cellgen"])
def test_segmentation_may_wait_for_a_training(tmp_path: Path, name: str):
    assert planned(tmp_path, ROOT / f"config/{name}.yaml") == ""


@pytest.mark.parametrize(("name", "shading"), [("cellgen", "per_image"), ("histology", "per_set")])
def test_segmentation_may_wait_for_the_light_of_all_images(tmp_path: Path, name, shading):
    config = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text(encoding="utf-8"))
    config["images"].update(shading=shading, correct_pixels=True)
    (tmp_path / "shaded.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert planned(tmp_path, tmp_path / "shaded.yaml") == ""
