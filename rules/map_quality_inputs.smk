# What judging label maps takes: those of a set, or of the user's folder, and the real ones.
def is_drawn(name):
    return SETS[name].maps_by is not None


# Real maps on both sides of the split are needed: those learned from, and those held out. Label
# volumes are of other bodies, or other parts of one: that says nothing of what draws maps.
JUDGED_MAPS = [
    name
    for name, block in SETS.items()
    if (is_drawn(name) or (block.images_by and maps_from_folder(name)))
    and not label_volumes_of(name)
    and SPLIT_IMAGES["train"]
    and (SPLIT_IMAGES["val"] or SPLIT_IMAGES["test"])
]


def dataset_of_judged(wildcards):
    """Return the data set whose reference a set's label maps have the codes of."""
    return dataset_behind(CONFIG, SETS[wildcards.set])


def manifest_of_judged(wildcards):
    return manifest_of(wildcards.set) if is_drawn(wildcards.set) else []


def fields_of_judged(wildcards):
    return fields_of([wildcards.set]) if is_drawn(wildcards.set) else []


def folder_of_judged(wildcards):
    return [] if is_drawn(wildcards.set) else maps_from_folder(wildcards.set)


def own_of_judged(wildcards):
    return own(folder_of_judged(wildcards))


def contents_of_judged(wildcards):
    return contents({path: path for path in folder_of_judged(wildcards)})


def real_maps_of_judged(wildcards):
    return rendered(
        reference_of_drawn(wildcards.set), PARTS[dataset_of_judged(wildcards)]
    )


def objects_of_judged(wildcards):
    return objects_behind(
        reference_of_drawn(wildcards.set), PARTS[dataset_of_judged(wildcards)]
    )


def side_of_judged(wildcards):
    return CONFIG.datasets[dataset_of_judged(wildcards)].side_px


def code_of_control(wildcards):
    return [
        module_version("map_sources", "perturbed", part) for part in ("learn", "draw")
    ]
