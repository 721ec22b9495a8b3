# What rules take that segment, render or score a set, and the real images behind it.
include: "stain_inputs.smk"


def source_segmentations(wildcards):
    """Return the segmentations of the real images behind a set, whose diameters it takes."""
    name = wildcards.any_set.removesuffix(".regions")
    return segmented(wildcards.segmentation, images_behind(name))


def images_behind(name):
    """Return the real images that a set is made of: of a translation those of a domain."""
    block = SETS[name]
    if name not in TRANSLATED:
        drawn = block.maps in SETS and SETS[block.maps].maps_by
        return [] if drawn else list(SAMPLES)
    if block.images != "real":
        return images_behind(block.images)
    return domain_in_split(
        CONFIG.datasets[dataset_of_set(name)], block.from_domain, block.split
    )


def segmentation_of_set(wildcards):
    name = CONFIG.references[wildcards.reference].segmentation
    return f"results/sets/{wildcards.set}/segmentation/{name}.csv"


def segmented_folder_of_set(wildcards):
    return segmentation_of_set(wildcards).removesuffix(".csv")


def test_maps(wildcards):
    return rendered(reference_of(SETS[wildcards.set].model), SPLIT_IMAGES["test"])


def evened_images(wildcards):
    """Return the images that label maps were rendered of, where they are not those that are stored."""
    return for_images(SEGMENTED, SPLIT_IMAGES["test"]) if SEGMENTED != IMAGES else []


def test_segmentations(wildcards):
    return objects_behind(reference_of(SETS[wildcards.set].model), SPLIT_IMAGES["test"])


def all_segmentations(wildcards):
    return objects_behind(reference_of(SETS[wildcards.set].model))


def regions_again(wildcards):
    """Return the table of the regions segmented again; of the user's own maps there is none."""
    behind = segmentation_behind(SETS[wildcards.set].model)
    folder = f"results/sets/{wildcards.set}.regions/segmentation"
    return f"{folder}/{behind}.csv" if behind else []


def regions_again_folder(wildcards):
    table = regions_again(wildcards)
    return table.removesuffix(".csv") if table else []


def tiles_of_set(wildcards):
    return tiles_of(dataset_of_set(wildcards.set))


def bounds_behind_set(wildcards):
    return shared_bounds(reference_of(SETS[wildcards.set].model))


def segmentation_settings_behind(wildcards):
    behind = segmentation_behind(SETS[wildcards.set].model)
    return settings(CONFIG.segmentations[behind]) if behind else None


def reference_settings_behind(wildcards):
    reference = reference_of(SETS[wildcards.set].model)
    return None if reference in CLASSES else settings(CONFIG.references[reference])


def layer_channel_behind(wildcards):
    reference = reference_of(SETS[wildcards.set].model)
    return None if reference in CLASSES else channel_of_layers(reference)


def codes_behind(wildcards):
    return f"results/references/{reference_of(SETS[wildcards.set].model)}/codes.json"


def real_patches_of_set(wildcards):
    """Return what was measured of the real patches in the channels that the set's model makes."""
    dataset = dataset_of_set(wildcards.set)
    own_channels = CONFIG.datasets[dataset].channels is not None
    name = f"channels_of_{dataset}" if own_channels else "all_channels"
    return f"results/real_patches/{name}.safetensors"


def channels_of_patches(wildcards):
    dataset = wildcards.patches.removeprefix("channels_of_")
    own_channels = dataset != wildcards.patches
    return CONFIG.datasets[dataset].channels if own_channels else CONFIG.images.channels


def scored_metrics():
    # Where weights lie does not matter, only which are there.
    return settings(CONFIG.metrics, "weights_dir", "download", "diversity")


# Here, since files of other programs are looked for at once, of images that are named above.
include: "benchmark_inputs.smk"
include: "class_inputs.smk"
