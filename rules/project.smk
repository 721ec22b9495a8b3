# What a run is about: the typed config, the table of images, what models learn, and the sets; all of
# it is checked here, before any job.
from cytoforge.config.instances import models_used
from cytoforge.config.load import load_config, training_config
from cytoforge.config.set_graph import all_sets, folder_of_maps, reference_of_maps
from cytoforge.config.task import task_of
from cytoforge.errors import print_notices, told
from cytoforge.images.samples import read_samples
from cytoforge.images.volume_checks import check_volumes, volumes_of
from cytoforge.images.volume_door import at_the_door, check_packages, maps_at_the_door
from cytoforge.references.own.classes import read_classes
from cytoforge.references.own.neighbour_checks import check_neighbours, with_neighbours
from cytoforge.segmentation.label_columns import (
    check_label_columns,
    images_drawn,
    of_what_is_found,
)
from cytoforge.segmentation.methods.pixels.scribble_columns import check_scribbles
from cytoforge.segmentation.readiness import not_ready, only_compared
from cytoforge.split.bands import check_light_of_set, cut_images
from cytoforge.split.domains import check_domains, images_of_domains, join_pairs
from cytoforge.split.membership import images_in_split
from cytoforge.split.parts import check_parts, images_of_part, labelled_images
from cytoforge.split.slices import (
    divide_slices,
    learned_slices,
    pair_slices,
    without_guards,
)
from cytoforge.synthesis.maps import own_maps

with told():
    open_results()
    NOTICES = []
    CONFIG = load_config(config)
    rows = read_samples(
        CONFIG.samples,
        CONFIG.images.channels,
        CONFIG.required_columns,
        NOTICES,
        CONFIG.images.volumes.plane,
    )
    rows = divide_slices(rows, CONFIG.split, CONFIG.seed, NOTICES)
    rows = pair_slices(rows, CONFIG.datasets)
    # By name: the order of a table's rows is nobody's setting, so it makes nothing stale.
    SAMPLES = {one.name: one for one in sorted(rows, key=lambda one: one.name)}
    SAMPLES = join_pairs(SAMPLES, CONFIG.datasets)
    rows = tuple(SAMPLES[one.name] for one in rows)
    CONFIG = of_what_is_found(CONFIG, rows, NOTICES)
    TRAINING = {
        name: training_config(name, model) for name, model in CONFIG.models.items()
    }
    TRAINING = with_neighbours(TRAINING, CONFIG)
    SETS = all_sets(CONFIG, {n: task_of(t).makes for n, t in TRAINING.items()})
    # Models of which a set is made; others find instances, for segmentations.
    MAKERS = [name for name in CONFIG.models if name in SETS]
    MODEL_USED = models_used(CONFIG)
    OWN_MAPS = {
        name: own_maps(folder, f"sets.{name}.maps")
        for name in SETS
        if (folder := folder_of_maps(SETS, name)) is not None
    }
    check_neighbours(CONFIG, TRAINING, SETS, SAMPLES, OWN_MAPS)
    CUT_IMAGES = cut_images(rows, CONFIG.split)
    check_light_of_set(CONFIG.images, bool(CUT_IMAGES))
    check_parts(CONFIG.datasets, SAMPLES)
    # Images whose label maps each data set takes: all, unless it takes some.
    PARTS = {n: images_of_part(d, SAMPLES) for n, d in CONFIG.datasets.items()}
    LABELLED = {**images_drawn(CONFIG, SAMPLES), **labelled_images(CONFIG, PARTS)}
    # Tiles are cut of those in a split.
    PARTS = {name: without_guards(images, SAMPLES) for name, images in PARTS.items()}
    check_label_columns(CONFIG.segmentations, SAMPLES, CONFIG.own_maps, LABELLED)
    check_volumes(rows, CONFIG.images, [one.column for one in CONFIG.own_maps.values()])
    # From here on, volumes of other formats are the NIfTI that is made of them. What asks for their
    # headers before any job takes the sources.
    SOURCES = SAMPLES
    SAMPLES, AT_THE_DOOR = at_the_door(
        SAMPLES,
        {CONFIG.images.volumes.body, *(one.column for one in CONFIG.own_maps.values())},
    )
    for name, paths in OWN_MAPS.items():
        OWN_MAPS[name], sources = maps_at_the_door(paths, CONFIG.images.volumes.accept)
        AT_THE_DOOR |= sources
    check_packages(AT_THE_DOOR, makes_environments())
    VOLUMES = volumes_of(SAMPLES.values())
    CLASSES = {
        name: read_classes(one, f"references.{name}")
        for name, one in CONFIG.own_maps.items()
    }
    NOT_READY = not_ready(CONFIG, only_compared(CONFIG), makes_environments())
    NETWORKS = {
        name: {} if name in NOT_READY else segmentation.model_files()
        for name, segmentation in CONFIG.segmentations.items()
    }
    SPLIT_IMAGES = images_in_split(SAMPLES.values(), CONFIG.split, CONFIG.seed)
    check_scribbles(CONFIG.segmentations, SAMPLES, SPLIT_IMAGES["train"])
    check_domains(CONFIG.datasets, SAMPLES, SPLIT_IMAGES, CONFIG.split)
    # Images of each domain, by data set. Label maps of the first and images of the second are cut as
    # label maps and images are; two domains of images have a rule of their own.
    of_domains = {
        name: images_of_domains(name, dataset, SAMPLES, SPLIT_IMAGES, CONFIG.seed)
        for name, dataset in CONFIG.datasets.items()
        if dataset.domains
    }
    UNPAIRED = {n: of for n, of in of_domains.items() if CONFIG.datasets[n].unpaired}
    DOMAINS = {n: of for n, of in of_domains.items() if n not in UNPAIRED}

if workflow.is_main_process:
    print_notices(NOTICES)


def scored_by(family, name):
    """Return whether a family of scores applies to what the set's model has learnt to make."""
    return family in task_of(TRAINING[SETS[name].model]).families


def of_real(name):
    block = SETS[name]
    return (
        bool(block.model)
        and not block.maps_by
        and (block.maps if block.images_by else block.images) == "real"
        and block.split in ("all", "test")  # scores are of test regions
    )


def of_made_images(name):
    """Return whether a set has label maps of images that were made of the maps it is scored by."""
    source = SETS.get(SETS[name].images)
    return (
        bool(SETS[name].labels_by)
        and source is not None
        and bool(source.images_by)
        and of_real(SETS[name].images)
        and reference_of_maps(CONFIG, SETS, SETS[name].images)
        == reference_of_maps(CONFIG, SETS, name)
    )


MADE = [name for name, block in SETS.items() if block.is_made]
TRANSLATED = [name for name in MADE if SETS[name].translated_by]
# Models that make images of label maps; what each makes of the test images is a set of its name.
GENERATORS = [name for name in MAKERS if scored_by("diversity", name)]
# Sets made of the real images or their label maps: each has a real one to be compared with.
SCORED = [name for name in MADE if of_real(name) and scored_by("fields", name)]
SCORED_LABELS = [
    name
    for name in MADE
    if (of_real(name) or of_made_images(name)) and scored_by("agreement", name)
]
# Label maps that a network finds in what a generator makes of the test maps, beside those it finds in
# real images.
FOUND_AGAIN = {
    SETS[name].images: {
        "network": SETS[name].labels_by,
        "made": f"results/metrics/{name}/agreement.csv",
        "real": f"results/metrics/{SETS[name].labels_by}/agreement.csv",
    }
    for name in SCORED_LABELS
    if SETS[name].images in GENERATORS and SETS[name].labels_by in SCORED_LABELS
}
EXPORTED_TILES = [name for name, d in CONFIG.datasets.items() if d.export_pairs]
EXPORTED_MODELS = [name for name, m in CONFIG.models.items() if m.export]
