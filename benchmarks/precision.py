"""Whether bf16 costs accuracy: a whole training of preset `fast` in fp32 and bf16, side by side.

    python -m benchmarks.precision [dataset] [model]

Needs results/tiles/<dataset> (tiles7 by default), as `make run` leaves it. Prints validation scores
of both and their ratio; one core per training, about three minutes.
"""

import csv
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cytoforge.config.load import training_config
from cytoforge.config.models import ModelConfig
from cytoforge.training.launch import TrainJob, run_job

SEED = 1


def scores(dataset: str, model: str, precision: str, folder: str) -> tuple[float, float]:
    """Return the last validation's L1 and LPIPS."""
    training = {"precision": precision}
    model_name = ModelConfig(dataset=dataset, model=model, preset="fast", training=training)
    run_job(
        TrainJob(
            tiles=f"results/tiles/{dataset}",
            output=f"{folder}/{precision}/model",
            state=f"{folder}/{precision}/state",
            model=model,
            training=training_config(precision, model_name).model_dump(mode="json"),
            weights={},
            seed=SEED,
            device="cpu",
        )
    )
    with Path(f"{folder}/{precision}/model/history.csv").open(encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    return float(last["val_l1"]), float(last["val_lpips"] or "nan")


def main() -> None:
    """Train twice and print the table."""
    dataset, model = [*sys.argv[1:], *("tiles7", "pix2pix")[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(scores, dataset, model, p, folder) for p in ("fp32", "bf16")]
        fp32, bf16 = (job.result() for job in jobs)
    print(f"{model}, preset fast, {dataset}, seed {SEED}")
    for name, one, other in zip(("val L1", "val LPIPS"), fp32, bf16, strict=True):
        print(f"{name:10} fp32 {one:.5f}  bf16 {other:.5f}  ratio {other / one:.4f}")


if __name__ == "__main__":
    main()
