# What the user's own files hold, for `params:`. Rules follow it and not the files' dates: a copy that
# keeps its time is seen, and one that was only touched makes nothing stale.
import atexit
from functools import lru_cache

from cytoforge.errors import UserError
from cytoforge.images.any_volume import FOLDER, files_of, other_format
from cytoforge.images.nifti_header import is_volume
from cytoforge.images.read import format_of
from cytoforge.images.sample_files import formats_of
from cytoforge.jobs.by_name import data_files
from cytoforge.jobs.digests import Digests
from cytoforge.pretrained.weight_files import (
    MISSING,
    refuse_damaged,
    refuse_selection,
    weights_state,
)
from cytoforge.references.own.classes import class_rows

# Only who plans compares digests: a cluster's jobs read the rules too, and compute none.
DIGESTS = Digests(compute=workflow.is_main_process)
atexit.register(DIGESTS.save)
WEIGHTS = weights_state(CONFIG.metrics, DIGESTS)


def own(files):
    """Return the user's own files as inputs of a rule, which has their contents among its params."""
    return [ancient(file) for file in files]


def contents(files):
    """Return what each of some files holds, and how volumes are read, whose reader is loaded by
    name; `files` gives their paths by any name."""
    return {name: digest_of(path) + reader_of(path) for name, path in files.items()}


def reader_of(path):
    volume = is_volume(path) and workflow.is_main_process
    return f"; {module_version('formats', 'nifti')}" if volume else ""


def digest_of(path):
    """Return what a file holds; of a volume that becomes NIfTI, what it is made of."""
    source = AT_THE_DOOR.get(path)
    if source is None:
        return DIGESTS.of(path)
    return "; ".join(map(DIGESTS.of, files_of(source)))


def source_at_the_door(wildcards):
    return AT_THE_DOOR[f"{FOLDER}/{wildcards.place}/{wildcards.volume}.nii.gz"]


def files_at_the_door(wildcards):
    return own(files_of(source_at_the_door(wildcards)))


def contents_at_the_door(wildcards):
    return contents({p: p for p in files_of(source_at_the_door(wildcards))})


def volume_format_code(wildcards):
    return module_version("volume_formats", other_format(source_at_the_door(wildcards)))


def format_code(wildcards):
    """Return the hashes of the readers of an image's files, which are loaded by name."""
    names = {
        name
        for file in sample_of(wildcards).files.values()
        for name in formats_of_file(file)
    }
    return [module_version("formats", name) for name in sorted(names)]


def formats_of_file(file):
    """Return the format that a file is read as; where none can be told yet, as its ending says."""
    try:
        return (format_of(file),)
    except UserError:
        return formats_of_ending(Path(file).suffix)


@lru_cache(maxsize=None)
def formats_of_ending(ending):
    """Return the formats of files with that ending, once: the folder of formats is looked through."""
    return formats_of(f"image{ending}")


def sources_of(paths):
    """Return the user's own files behind paths, whose headers are there before any job."""
    return [AT_THE_DOOR.get(str(path), path) for path in paths]


def raw_contents(wildcards):
    return contents(sample_of(wildcards).files)


def label_contents(wildcards):
    return contents(labels_of(wildcards))


def own_map_of(wildcards):
    """Return the path of the user's own label map of an image."""
    return sample_of(wildcards).columns[own_map_column(wildcards)]


def own_map_column(wildcards):
    return CONFIG.references[wildcards.reference].column


def own_map_files(wildcards):
    return own([own_map_of(wildcards)])


def own_map_contents(wildcards):
    return contents({"map": own_map_of(wildcards)})


def own_classes(wildcards):
    # A list, whose order is that of the codes.
    return class_rows(CLASSES[wildcards.reference])


def rendered_maps(wildcards):
    return rendered(wildcards.reference)


def objects_behind(reference, images=tuple(SAMPLES)):
    """Return the instance labels behind the label maps of real images: their segmentations, or the
    pieces of the user's own maps."""
    block = CONFIG.references[reference]
    if reference not in CLASSES:
        return segmented(block.segmentation, images)
    if block.instances is not None:
        return segmented(block.instances, images)
    pieces = "results/references/{reference}/regions/{image}.ome.tif"
    return for_images(pieces, images, reference=reference)


def maps_from_folder(name):
    """Return the user's own label maps that a set takes, from its folder or another set's."""
    return OWN_MAPS.get(name) or OWN_MAPS.get(SETS[name].maps) or []


def map_contents(wildcards):
    """Return what the user's own label maps of a set hold, and their instance labels."""
    block = SETS[wildcards.set]
    if not block.images_by or block.maps == "real":
        return {}
    maps = maps_from_folder(wildcards.set)
    paths = [
        *maps,
        *(instance_files(sources_of(maps)) if sees_instances(wildcards.set) else []),
    ]
    return contents({path: path for path in paths})


def plugin_contents(room, name):
    """Return what the files beside a plugin's code hold, none where there are none."""
    return sorted(contents(data_files(room, name)).items())


def segmentation_networks(wildcards):
    return contents(NETWORKS[wildcards.segmentation])


def training_weights(wildcards):
    """Return the weights that training learns from; others that arrive retrain nothing."""
    begins = contents(TRAINING[wildcards.model].initial_files())
    return {name: WEIGHTS[name] for name in networks_of(wildcards.model)} | begins


def networks_of(model):
    training = TRAINING[model]
    used = set(training.pretrained)
    for network, other in training.stand_ins.items():
        if network in used and WEIGHTS[network] == MISSING:
            used.add(other)
    return sorted(used)


def check_weights():
    """Refuse trainings, before what they made is deleted, whose weights from elsewhere are damaged,
    or missing where they are to choose."""
    jobs = [job for job in workflow.dag.needrun_jobs() if job.rule.name == "train"]
    for model in sorted(job.wildcards.model for job in jobs):
        for network in networks_of(model):
            refuse_damaged(network, CONFIG.metrics, DIGESTS)
        training = TRAINING[model]
        needed = training.required_networks
        there = CONFIG.metrics.download or {WEIGHTS[name] for name in needed} - {
            MISSING
        }
        if needed and not there:
            found = f"no file of {' or '.join(needed)}'s weights"
            raise refuse_selection(f"models.{model}", training.select_by, found)
