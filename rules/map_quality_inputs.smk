# What judging label maps takes: those of a set, or of the user's folder, and the real ones.
def is_drawn(name):
    return SETS[name].maps_by is not None


def judges_maps(name):
    """Return whether a set's label maps are drawn by a source or a model, or by the user."""
    return is_drawn(name) or (SETS[name].images_by and maps_from_folder(name))


# Real maps on both sides of the split are needed: those learned from, and those held out.
JUDGED_MAPS = [
    name
    for name in SETS
    if judges_maps(name)
    and SPLIT_IMAGES["train"]
    and SPLIT_IMAGES["val"] + SPLIT_IMAGES["test"]
]


def dataset_of_judged(name):
    """Return the data set whose reference a set's label maps have the codes of."""
    return SETS[name].like if is_drawn(name) and SETS[name].like else dataset_of_set(name)


def reference_name_of_judged(name):
    return CONFIG.datasets[dataset_of_judged(name)].reference


def segmentation_name_of_judged(name):
    """Return the segmentation behind a set's codes; None of the user's own classes."""
    reference = reference_name_of_judged(name)
    return None if reference in CLASSES else CONFIG.references[reference].segmentation


def manifest_of_judged(wildcards):
    return manifest_of(wildcards.set) if is_drawn(wildcards.set) else []


def fields_of_judged(wildcards):
    return fields_of([wildcards.set]) if is_drawn(wildcards.set) else []


def own_of_judged(wildcards):
    return [] if is_drawn(wildcards.set) else own(maps_from_folder(wildcards.set))


def contents_of_judged(wildcards):
    if is_drawn(wildcards.set):
        return {}
    return contents({path: path for path in maps_from_folder(wildcards.set)})


def real_maps_of_judged(wildcards):
    dataset = dataset_of_judged(wildcards.set)
    return rendered(reference_name_of_judged(wildcards.set), PARTS[dataset])


def objects_of_judged(wildcards):
    """Return the segmentations behind the real label maps; none of the user's own classes."""
    if segmentation_name_of_judged(wildcards.set) is None:
        return []
    dataset = dataset_of_judged(wildcards.set)
    return objects_behind(reference_name_of_judged(wildcards.set), PARTS[dataset])


def codes_of_judged(wildcards):
    return f"results/references/{reference_name_of_judged(wildcards.set)}/codes.json"


def reference_of_judged(wildcards):
    """Return how label maps are rendered of objects; None of the user's own classes."""
    reference = reference_name_of_judged(wildcards.set)
    return None if reference in CLASSES else settings(CONFIG.references[reference])


def gap_of_judged(wildcards):
    """Return the rule by which real maps have their gap; None where they have none."""
    name = segmentation_name_of_judged(wildcards.set)
    gap = None if name is None else CONFIG.segmentations[name].gap
    return settings(gap) if gap is not None and gap.enabled else None


def side_of_judged(wildcards):
    return CONFIG.datasets[dataset_of_judged(wildcards.set)].side_px


def code_of_control():
    return [module_version("map_sources", "perturbed", part) for part in ("learn", "draw")]
