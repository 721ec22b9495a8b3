# What rules of `utility` take: tiles of each kind of images, the rows, and the held-out real images.
import re

from cytoforge.config.load import utility_training
from cytoforge.config.utility import rows_of
from cytoforge.config.utility_problems import objects_of, truth_of

REAL_KIND = "real"
# Per block: the rows by name, and the training settings that all of them share.
UTILITY_ROWS = {
    name: {row.name: row for row in rows_of(block)}
    for name, block in CONFIG.utility.items()
}
UTILITY_TRAINING = {
    name: utility_training(name, block) for name, block in CONFIG.utility.items()
}


def utility_of(wildcards):
    return CONFIG.utility[wildcards.utility]


def is_made_kind(wildcards):
    return wildcards.kind != REAL_KIND


def set_of_kind(wildcards):
    """Return the made set of a kind of images, which is not the real one."""
    return getattr(utility_of(wildcards), wildcards.kind)


def only_made(files):
    """Return an input function that asks for files of a made set, and for none of real images."""
    return lambda wildcards: (
        files(set_of_kind(wildcards)) if is_made_kind(wildcards) else []
    )


manifest_of_kind = only_made(manifest_of)
fields_of_kind = only_made(lambda name: fields_of([name]))
maps_of_kind = only_made(lambda name: next(iter(truth_of_set(name)["maps_of"]), []))
maps_fields_of_kind = only_made(lambda name: truth_of_set(name)["maps_fields"])


def dataset_of_utility(wildcards):
    return CONFIG.datasets[utility_of(wildcards).real]


def learned_in_utility(wildcards):
    """Return the real images that have a training region."""
    return among(SPLIT_IMAGES["train"], PARTS[utility_of(wildcards).real])


def tested_in_utility(wildcards):
    """Return the real images that have a test region."""
    return among(SPLIT_IMAGES["test"], PARTS[utility_of(wildcards).real])


def true_segmentations(wildcards, images):
    return segmented(truth_of(CONFIG, utility_of(wildcards)), images)


def images_of_kind(wildcards):
    return (
        []
        if is_made_kind(wildcards)
        else for_images(IMAGES, learned_in_utility(wildcards))
    )


def label_maps_of_kind(wildcards):
    if is_made_kind(wildcards):
        return []
    reference = dataset_of_utility(wildcards).reference
    return rendered(reference, learned_in_utility(wildcards))


def truth_of_kind(wildcards):
    """Return the segmentations of the real images that are learned from, or behind the maps."""
    if is_made_kind(wildcards):
        return truth_of_set(set_of_kind(wildcards))["segmentations"]
    return true_segmentations(wildcards, learned_in_utility(wildcards))


def codes_of_utility(wildcards):
    return f"results/references/{dataset_of_utility(wildcards).reference}/codes.json"


def tiles_of_kind(wildcards):
    """Return settings of the tiles of every kind: those of the real data set, all with its
    channels."""
    dataset = dataset_of_utility(wildcards)
    taken = list(dataset.channels or CONFIG.images.channels)
    return {**settings(dataset, "export_pairs", "set", "where"), "channels": taken}


def objects_of_utility(wildcards):
    return objects_of(CONFIG, utility_of(wildcards))


def row_of_utility(wildcards):
    return UTILITY_ROWS[wildcards.utility][wildcards.row]


def row_settings(wildcards):
    return asdict(row_of_utility(wildcards))


def tiles_of_utility_row(wildcards):
    """Return the manifests of the tiles that a row learns from, the real ones first."""
    row = row_of_utility(wildcards)
    kinds = [REAL_KIND] * bool(row.real) + [row.other] * bool(row.other)
    return manifests_of_kinds(wildcards, kinds)


def manifests_of_kinds(wildcards, kinds):
    pattern = "results/utility/{utility}/tiles/{kind}/manifest.csv"
    return expand(pattern, utility=wildcards.utility, kind=kinds)


def tiles_of_utility(wildcards):
    """Return the manifests of the tiles of all kinds that a block has, the real ones first."""
    rows = UTILITY_ROWS[wildcards.utility].values()
    others = dict.fromkeys(row.other for row in rows if row.other)
    return manifests_of_kinds(wildcards, [REAL_KIND, *others])


def beside_manifests(tiles):
    """Return an input function for the other files of data sets, of which `tiles` gives the
    manifests."""
    files = ("images.npy", "labels.npy", "instances.npy", "dataset.json")
    return lambda wildcards: [
        path.replace("manifest.csv", file)
        for path in tiles(wildcards)
        for file in files
    ]


arrays_of_utility_row = beside_manifests(tiles_of_utility_row)
arrays_of_utility = beside_manifests(tiles_of_utility)


def tested_images(wildcards):
    return for_images(IMAGES, tested_in_utility(wildcards))


def tested_truth(wildcards):
    return true_segmentations(wildcards, tested_in_utility(wildcards))


def network_of_utility(wildcards):
    return utility_of(wildcards).model


def utility_settings(wildcards):
    return settings(UTILITY_TRAINING[wildcards.utility])


def threads_of_utility(wildcards):
    return UTILITY_TRAINING[wildcards.utility].cpu_threads


def initial_of_utility(wildcards):
    return contents(UTILITY_TRAINING[wildcards.utility].initial_files())


def utility_code(wildcards):
    model = utility_of(wildcards).model
    return [
        module_version("models", model, "model"),
        module_version("models", model, "networks"),
        module_version("tasks", UTILITY_TRAINING[wildcards.utility].task),
        *plugin_contents("models", model),
    ]


def tables_of_utility(wildcards):
    rows = UTILITY_ROWS[wildcards.utility]
    return expand(
        "results/utility/{utility}/rows/{row}.csv", utility=wildcards.utility, row=rows
    )


def costs_of_utility(wildcards):
    return [path.replace(".csv", ".json") for path in tables_of_utility(wildcards)]


def told_of_utility(wildcards):
    """Return what the page says of all rows of a block."""
    block = utility_of(wildcards)
    truth = truth_of(CONFIG, block)
    return {
        "truth": truth,
        "truth_method": CONFIG.segmentations[truth].method,
        "objects": objects_of_utility(wildcards),
        "model": block.model,
        "dataset": block.real,
        "synthetic": block.synthetic,
        "rerendered": block.rerendered,
    }
