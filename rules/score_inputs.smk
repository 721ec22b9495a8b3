# What rules take that segment, render or score a set, and the real images behind it.
def source_segmentations(wildcards):
    """Return the segmentations of the real images behind a set, whose diameters it takes."""
    return segmented(wildcards.segmentation)


def segmentation_of_set(wildcards):
    name = CONFIG.references[wildcards.reference].segmentation
    return f"results/sets/{wildcards.set}/segmentation/{name}.csv"


def segmented_folder_of_set(wildcards):
    return segmentation_of_set(wildcards).removesuffix(".csv")


def test_maps(wildcards):
    return rendered(reference_of(SETS[wildcards.set].model), SPLIT_IMAGES["test"])


def test_segmentations(wildcards):
    behind = segmentation_behind(SETS[wildcards.set].model)
    return segmented(behind, SPLIT_IMAGES["test"])


def all_segmentations(wildcards):
    return segmented(segmentation_behind(SETS[wildcards.set].model))


def regions_again(wildcards):
    behind = segmentation_behind(SETS[wildcards.set].model)
    return f"results/sets/{wildcards.set}.regions/segmentation/{behind}.csv"


def regions_again_folder(wildcards):
    return regions_again(wildcards).removesuffix(".csv")


def tiles_of_set(wildcards):
    return expand(rules.cut_tiles.output, dataset=dataset_of_set(wildcards.set))


def bounds_behind_set(wildcards):
    return shared_bounds(reference_of(SETS[wildcards.set].model))


def segmentation_settings_behind(wildcards):
    behind = segmentation_behind(SETS[wildcards.set].model)
    return settings(CONFIG.segmentations[behind])


def reference_settings_behind(wildcards):
    return settings(CONFIG.references[reference_of(SETS[wildcards.set].model)])


def layer_channel_behind(wildcards):
    return channel_of_layers(reference_of(SETS[wildcards.set].model))


def codes_behind(wildcards):
    return f"results/references/{reference_of(SETS[wildcards.set].model)}/codes.json"


def scored_metrics():
    # Where weights lie does not matter, only which are there.
    return settings(CONFIG.metrics, "weights_dir", "download", "diversity")
