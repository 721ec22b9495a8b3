# What rules take of spots: the objects that they lie in, the sets that are added, who looks for them.
from cytoforge.config.spot_sets import (
    codes_of_spots,
    maps_behind,
    segmentation_of_spots,
    spots_behind,
)

from cytoforge.jobs.user_path import entries

SPOTTED = [name for name, block in SETS.items() if block.spots]
SUMMED = [name for name, block in SETS.items() if block.sum]
# Sets of images in which it is known where spots are.
SPOTS_KNOWN = [
    name
    for name, block in SETS.items()
    if block.has_images and spots_behind(SETS, name)
]


with told():
    # Folders of what other programs have found are looked into before any job.
    FOUND_ELSEWHERE = {
        (name, program): [
            str(path)
            for path in entries(folder, f"sets.{name}.detections.{program}")
            if path.suffix == ".csv"
        ]
        for name in SPOTS_KNOWN
        for program, folder in SETS[name].detections.items()
    }


def manifest_of_spot_maps(wildcards):
    """Return the manifest of the label maps that spots are drawn in; none of real images."""
    behind, _ = maps_behind(SETS, wildcards.set)
    return [] if behind == "real" else manifest_of(behind)


def fields_of_spot_maps(wildcards):
    behind, _ = maps_behind(SETS, wildcards.set)
    return [] if behind == "real" else fields_of([behind])


def objects_of_spot_maps(wildcards):
    """Return the segmentations of the real images that spots are drawn in."""
    behind, split = maps_behind(SETS, wildcards.set)
    if behind != "real":
        return []
    name = segmentation_of_spots(CONFIG, SETS[wildcards.set])
    return segmented(name, among(real_images(split), images_of_segmentation(name)))


def spot_settings(wildcards):
    return settings(SETS[wildcards.set].spots)


def codes_of_spot_maps(wildcards):
    return list(codes_of_spots(CONFIG, SETS[wildcards.set].spots.reference))


def manifest_of_part(name):
    return [] if name == "real" else manifest_of(name)


def first_of_sum(wildcards):
    return manifest_of_part(SETS[wildcards.set].sum[0])


def second_of_sum(wildcards):
    return manifest_of_part(SETS[wildcards.set].sum[1])


def fields_of_sum(wildcards):
    behind = [spots_behind(SETS, wildcards.set)]
    parts = [one for one in (*SETS[wildcards.set].sum, *behind) if one in SETS]
    return fields_of(dict.fromkeys(parts))


def images_of_sum(wildcards):
    """Return the real images of a sum with `real`: those that the other set is made of."""
    parts = SETS[wildcards.set].sum
    if "real" not in parts:
        return []
    _, split = maps_behind(SETS, next(part for part in parts if part != "real"))
    return for_images(IMAGES, real_images(split or "all"))


def truth_of_spots(wildcards):
    """Return the manifest of the set whose spots are in a set's images; none of sums without."""
    behind = spots_behind(SETS, wildcards.set)
    return manifest_of(behind) if behind else []


def fields_of_truth(wildcards):
    return fields_of([spots_behind(SETS, wildcards.set)])


def channel_of_spots(name):
    """Return the channel of a set's images that shows the spots."""
    block = SETS[name]
    if block.spots:
        return block.spots.channel
    if block.sum:
        first, second = block.sum
        if second in SETS and spots_behind(SETS, second):
            own = channel_of_spots(second)
            return block.into.get(own, own)
        return channel_of_spots(first)
    dataset = CONFIG.datasets[dataset_of_set(name)]
    return (dataset.channels or CONFIG.images.channels)[-1]


def channel_that_shows_spots(wildcards):
    return channel_of_spots(wildcards.set)


def detection_folders(wildcards):
    return dict(sorted(SETS[wildcards.set].detections.items()))


def detection_files(wildcards):
    return own(found_elsewhere(wildcards))


def detection_contents(wildcards):
    return contents({path: path for path in found_elsewhere(wildcards)})


def found_elsewhere(wildcards):
    """Return the tables of other programs, which have looked at a set's images."""
    programs = SETS[wildcards.set].detections
    return [path for one in programs for path in FOUND_ELSEWHERE[wildcards.set, one]]
