"""What SLURM itself recorded of a run of the whole tiny workflow through the shipped profile."""

import re
from typing import Any

import pytest

from tests.slurm.cluster import Cluster, Record
from tests.workflow.tiny_project import IMAGES, Project

pytestmark = pytest.mark.slow

# Rule and wildcards: MB and time as the rule says, GPUs, cores.
REQUESTS = {
    "try_cluster": (2000, "00:10:00", 0, 1),
    "split": (2000, "00:10:00", 0, 1),
    "measure_cells level7": (4000, "00:20:00", 0, 1),
    "cut_tiles tiles7": (4000, "01:00:00", 0, 1),
    "check_leaks tiles7": (4000, "00:20:00", 0, 1),
    "train seven": (8000, "1-00:00:00", 1, 1),
    "synthesize seven": (6000, "02:00:00", 1, 2),
    "cut_regions seven": (4000, "00:30:00", 0, 1),
    "score seven": (8000, "02:00:00", 0, 1),
    "measure_diversity seven": (8000, "01:00:00", 0, 1),
    "write_report": (4000, "00:30:00", 0, 1),
}


@pytest.fixture(scope="module")
def records(cluster: Cluster, finished: Project) -> dict[str, Record]:
    done = [record for record in cluster.records() if record.state == "COMPLETED"]
    return {record.name: record for record in done}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_job_has_what_its_rule_asks_for(records: dict[str, Record], name: str):
    job = records[name]
    cores = int(job.fields["NumCPUs"])
    assert (job.memory_mb, job.fields["TimeLimit"], job.gpus, cores) == REQUESTS[name]


def test_training_asked_for_a_gpu_on_the_partition_that_has_them(records: dict[str, Record]):
    fields = records["train seven"].fields
    assert fields["TresPerJob"] == "gres:gpu:1"
    assert (fields["Partition"], fields["NodeList"], fields["Requeue"]) == ("gpu", "gpu1", "1")


def test_a_second_run_has_nothing_to_do(finished: Project):
    # Jobs hash no code and compute no digests: what is recorded has to be what was planned.
    assert finished.planned() == {}


def test_a_chunk_of_images_was_one_job(records: dict[str, Record], finished: Project):
    made = {path.name for path in (finished.folder / "results/images").glob("*.ome.tif")}
    assert made == {f"{name}.ome.tif" for name in IMAGES}
    job = records["prepare_convert"]
    # The memory and cores of the largest member; the time of all, two minutes per image.
    assert (job.memory_mb, job.fields["NumCPUs"]) == (4000, "1")
    assert job.fields["TimeLimit"] == f"00:{2 * len(IMAGES):02}:00"


def test_a_chunk_of_segmentations_was_one_job(records: dict[str, Record]):
    job = records["segment_segment"]
    assert (job.memory_mb, job.fields["TimeLimit"]) == (6000, f"00:{5 * len(IMAGES):02}:00")


def test_a_chunk_of_label_maps_was_one_job(records: dict[str, Record], finished: Project):
    made = list((finished.folder / "results/references").glob("*/*.tif"))
    job = records["render_render"]
    assert (job.memory_mb, job.fields["TimeLimit"]) == (4000, f"00:{2 * len(made):02}:00")


def test_no_other_job_was_sent(records: dict[str, Record], cluster: Cluster):
    chunks = {"prepare_convert", "segment_segment", "check_check_segmentation", "render_render"}
    assert chunks | set(REQUESTS) <= set(records)
    assert not [
        name
        for name in records
        if name.split()[0]
        in (
            "write_codes",
            "find_layer_bounds",
            "convert",
            "segment",
            "check_segmentation",
            "render",
        )
    ]


def test_a_refusal_and_a_job_that_never_starts_are_told(at_once: dict[str, Any]):
    _, done = at_once["refused"]
    said = done.result()
    assert re.search(r"Error in group prepare: .*Invalid partition", said, re.IGNORECASE)
    assert "set `slurm_partition`" in said
    assert re.search(r"SLURM will never start job \d+: PartitionTimeLimit", said)
    assert "set `max_runtime`" in said
