# What benchmarks of segmenters take: true objects, what each segmenter found, files of other programs.
from cytoforge.config.benchmark_problems import (
    compared_objects,
    made_of_real,
    segmentation_behind_set,
)
from cytoforge.config.benchmarks import EXACT
from cytoforge.images.names import sample_mark
from cytoforge.segmentation.outside_labels import outside_files


def benchmark_of(wildcards):
    return CONFIG.benchmarks[wildcards.benchmark]


def runnable(block):
    """Return the segmentations of a benchmark whose weights and environment are there."""
    return [name for name in block.segmentations if name not in NOT_READY]


def skipped_in(wildcards):
    compared = benchmark_of(wildcards).segmentations
    return {name: why for name, why in NOT_READY.items() if name in compared}


def real_images_of(name):
    """Return the real images that a set is, or is made of: of `real` those with test regions."""
    if name == "real":
        return SPLIT_IMAGES["test"]
    block = SETS[name]
    source = block.maps if block.images_by else block.images
    if source != "real":
        return real_images_of(source)
    return (
        images_behind(name)
        if block.translated_by or block.split == "all"
        else SPLIT_IMAGES[block.split]
    )


def names_in_set(name):
    """Return the names of a set's images, which are known before any is made."""
    if name == "real":
        return list(SAMPLES)
    block = SETS[name]
    if block.maps_by:
        return [f"{name}_{seed:04d}" for seed in block.drawn_seeds]
    source = block.maps if block.images_by else block.images
    if source == "real":
        names = real_images_of(name)
    elif source in SETS:
        names = names_in_set(source)
    else:
        names = [name_of_map(path) for path in maps_from_folder(name)]
    mark = sample_mark(names)
    further = [f"{one}{mark}{k}" for one in names for k in range(1, block.samples)]
    return [*names, *further]


def truth_images(block):
    """Return the real images whose true objects are compared: those that people have labelled where
    labels are among what is compared; none of what is made of no real ones."""
    images = real_images_of(block.set) if made_of_real(SETS, block.set) else []
    for name in {*block.segmentations, block.truth} - {EXACT}:
        images = among(images, images_of_segmentation(name))
    return images


def truth_of_benchmark(wildcards):
    """Return the segmentations of real images that hold the true objects."""
    block = benchmark_of(wildcards)
    if block.truth == EXACT:
        return truth_of_set(block.set)["segmentations"]
    return segmented(block.truth, truth_images(block))


def maps_of_benchmark(wildcards):
    """Return the manifest of the drawn label maps behind a set, which names their objects."""
    block = benchmark_of(wildcards)
    drawn = truth_of_set(block.set)["maps_of"] if block.truth == EXACT else []
    return drawn[0] if drawn else []  # a path, where there is one: no list of paths


def map_fields_of_benchmark(wildcards):
    block = benchmark_of(wildcards)
    return truth_of_set(block.set)["maps_fields"] if block.truth == EXACT else []


def found_of_benchmark(wildcards):
    """Return the segmentations of real images, or the tables of those of a made set."""
    block = benchmark_of(wildcards)
    if block.set == "real":
        images = truth_images(block)
        return [path for name in runnable(block) for path in segmented(name, images)]
    return [
        f"results/sets/{block.set}/segmentation/{name}.csv" for name in runnable(block)
    ]


def found_folders(wildcards):
    found = found_of_benchmark(wildcards)
    return [path.removesuffix(".csv") for path in found if path.endswith(".csv")]


def set_of_benchmark(wildcards):
    name = benchmark_of(wildcards).set
    return [] if name == "real" else manifest_of(name)


def fields_of_benchmark(wildcards):
    name = benchmark_of(wildcards).set
    return [] if name == "real" else fields_of([name])


def images_of_benchmark(wildcards):
    block = benchmark_of(wildcards)
    return for_images(IMAGES, truth_images(block)) if block.set == "real" else []


def regions_of_benchmark(wildcards):
    """Return the regions of a split: of `real`, and of a set that a segmenter has learned from, the
    test regions alone count."""
    block = benchmark_of(wildcards)
    if block.set == "real":
        return REGIONS
    learned = any(learned_from(name, block.set) for name in block.segmentations)
    return f"results/sets/{block.set}/regions.csv" if learned else []


def learned_from(segmentation, name):
    """Return whether a segmentation learned from a set, or from the real images that it is made
    of."""
    if segmentation in LEARNED_HERE:
        return made_of_real(SETS, name)
    if segmentation not in MODEL_USED:
        return False
    dataset = CONFIG.datasets[CONFIG.models[MODEL_USED[segmentation]].dataset]
    taught = leaves(SETS, dataset.set)
    return name in taught or ("real" in taught and made_of_real(SETS, name))


def outside_of(name):
    """Return the label images of other programs by tool, object and image."""
    block = CONFIG.benchmarks[name]
    images = truth_images(block) if block.set == "real" else names_in_set(block.set)
    objects = compared_objects(CONFIG, SETS, block)
    return {
        tool: outside_files(
            folders, objects, images, f"benchmarks.{name}.outside.{tool}"
        )
        for tool, folders in block.outside.items()
    }


with told():
    OUTSIDE = {name: outside_of(name) for name in CONFIG.benchmarks}


def outside_paths(wildcards):
    return [
        path
        for by_object in OUTSIDE[wildcards.benchmark].values()
        for by_image in by_object.values()
        for path in by_image.values()
    ]


def outside_inputs(wildcards):
    return own(outside_paths(wildcards))


def outside_contents(wildcards):
    return contents({path: path for path in outside_paths(wildcards)})


def told_of_benchmark(wildcards):
    """Return what the page says of a benchmark's set and truth."""
    block = benchmark_of(wildcards)
    behind = ""
    if block.truth == EXACT and made_of_real(SETS, block.set):
        behind = segmentation_behind_set(CONFIG, SETS, block.set)
    return {
        "set": block.set,
        "truth": block.truth,
        "behind": behind,
        "tissues": block.tissues,
    }


def objects_of_benchmark(wildcards):
    return list(compared_objects(CONFIG, SETS, benchmark_of(wildcards)))


def segmenters_of_benchmark(wildcards):
    return runnable(benchmark_of(wildcards))
