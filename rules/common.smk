# What all rules share: the typed config, the table of images, parameters and targets.
import gc
from pathlib import Path

from cytoforge.config.load import load_config, training_config
from cytoforge.config.task import task_of
from cytoforge.jobs.gpus import count_gpus
from cytoforge.errors import UserError
from cytoforge.jobs.file_times import date_back, refuse_ahead
from cytoforge.images.format_names import formats_of
from cytoforge.images.samples import read_samples
from cytoforge.pretrained.weight_files import weights_state
from cytoforge.report.templates_hash import templates_hash
from cytoforge.jobs.workplace import prefer_this_clone, require_writable
from cytoforge.jobs.staleness import code_version
from cytoforge.synthesis.maps import own_maps
from cytoforge.segmentation.cellpose_models import models_present
from cytoforge.segmentation.label_columns import check_label_columns
from cytoforge.split.membership import images_in_split, split_columns

prefer_this_clone()
# Planning makes millions of objects that stay: looking for garbage among them took an eighth of it.
gc.set_threshold(200_000, 50, 1000)

try:
    require_writable(Path("results"))
    if workflow.is_main_process:
        date_back(Path("results"))
    CONFIG = load_config(config)
    SAMPLES = {
        sample.name: sample
        for sample in read_samples(
            CONFIG.samples, CONFIG.images.channels, CONFIG.split.required_columns
        )
    }
    TRAINING = {
        name: training_config(name, model) for name, model in CONFIG.models.items()
    }
    OWN_MAPS = {
        name: own_maps(model.synthesis.maps)
        for name, model in CONFIG.models.items()
        if model.synthesis.maps
    }
    check_label_columns(CONFIG.segmentations, SAMPLES)
    CELLPOSE = {
        name: models_present(segmentation)
        for name, segmentation in CONFIG.segmentations.items()
        if segmentation.method == "cellpose"
    }
    SPLIT_IMAGES = images_in_split(SAMPLES.values(), CONFIG.split, CONFIG.seed)
except UserError as error:
    raise SystemExit(f"\nerror: {error}\n") from None

EXPORTS = [n for n, d in CONFIG.datasets.items() if d.export_pairs]
# Models that make images, and those that make label maps of images.
GENERATORS = [n for n in CONFIG.models if task_of(TRAINING[n]).output == "image"]
PREDICTORS = [n for n in CONFIG.models if task_of(TRAINING[n]).output == "label_map"]
EXPORTED = [n for n, e in CONFIG.models.items() if e.export]


wildcard_constraints:
    # Not all names joined: every path would be searched with them, a fifth of the planning of 4,000
    # images and growing with their square.
    image=r"[^/]+",
    segmentation="|".join(CONFIG.segmentations),
    reference="|".join(CONFIG.references),
    dataset="|".join(CONFIG.datasets),
    model="|".join(CONFIG.models),


# One training job a GPU on this machine; without one, cores alone limit the jobs. A cluster's
# scheduler knows its own GPUs (`nodes` holds its --jobs; the executor itself is not known while
# rules are read), and `--resources gpu=N` overrules.
if (
    workflow.is_main_process
    and workflow.resource_settings.nodes is None
    and "gpu" not in workflow.global_resources
):
    workflow.register_resource("gpu", count_gpus())


def settings(section, *without):
    """Return a config section as plain values for `params:`, so that a change is noticed.

    Keys in `without` change nothing that the rule makes.
    """
    return section.model_dump(mode="json", exclude=set(without))


def grows(amount):
    """Return a resource that a job is given more of each time it is sent again.

    A job that ran out of memory or time has what it needs at its second or third attempt.
    """
    return lambda wildcards, attempt: amount * attempt


def code(script):
    """Return the hash of what a script really runs, for `params:`."""
    return code_version(f"workflow/scripts/{script}.py")


def model_code(part, model):
    """Return the hashes of what a model and its task run, which scripts load by name."""
    architecture = CONFIG.models[model].model
    files = f"models/{architecture}/{part}.py", f"models/tasks/{TRAINING[model].task}.py"
    return [code_version(f"cytoforge/{file}") for file in files]


def format_code(image):
    """Return the hashes of the readers of an image's files, which are loaded by name."""
    names = {name for file in SAMPLES[image].files.values() for name in formats_of(file)}
    return [code_version(f"cytoforge/images/formats/{n}.py") for n in sorted(names)]


def for_images(pattern, images=tuple(SAMPLES), **wildcards):
    return expand(pattern, image=images, **wildcards)


def needed(section, key):
    """Return the names in `section` that a later block refers to by `key`."""
    return sorted({getattr(block, key) for block in section.values()})


def final_outputs():
    return [
        "results/report/index.html",
        # Asked for here too: what reads them takes their tables, and a lost folder would go unseen.
        *expand("results/synthesis/{model}/fields", model=GENERATORS),
        *expand("results/predictions/{model}/label_maps", model=PREDICTORS),
        *expand("results/tiles/{dataset}/export", dataset=EXPORTS),
        *expand("results/export/{model}", model=EXPORTED),
        *further_samples("fields"),
        *of_own_maps("fields"),
    ]


def drop_default_job_rate():
    """Keep a limit of jobs a second only where the user gives one.

    Snakemake's own (100/1s) leaves a timer behind for each job, and each wakes the scheduler every
    second to the end of the run: half of one core of two in a run of 1,290 jobs.
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def check_inputs_or_exit():
    """Leave with a message when a raw image is dated ahead of the clock, a code to draw anew is
    none, or a user's label map is unusable."""
    # Imported here: a dry run, and every job of a cluster, would wait for them otherwise.
    from cytoforge.references.codes import code_table
    from cytoforge.synthesis.label_maps import check_code_names, check_own_maps

    try:
        for sample in SAMPLES.values():
            refuse_ahead(sample.files.values())
        for name, model in CONFIG.models.items():
            codes = code_table(CONFIG.references[reference_of(name)])
            check_code_names(model.synthesis.resample, codes)
            check_own_maps(OWN_MAPS.get(name, []), len(codes))
    except UserError as error:
        raise SystemExit(f"\nerror: {error}\n") from None
