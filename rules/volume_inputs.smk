# What rules take of volumes: what was measured of the whole one, and where each slice lies in it.
from cytoforge.config.set_graph import dataset_behind, folder_of_maps
from cytoforge.config.set_graph import reference_of_maps
from cytoforge.images.nifti_header import is_volume
from cytoforge.images.volume_checks import images_config
from cytoforge.synthesis.maps import map_files, name_of_map

# Whether a volume is measured before its slices are read.
MEASURED = bool(VOLUMES) and (
    CONFIG.images.normalisation.method == "body" or CONFIG.images.volumes.body != "none"
)
MASKED = CONFIG.images.volumes.body != "none"


def volume_of(image):
    """Return the volume that an image is a slice of, "" for any other."""
    sample = SAMPLES[image]
    return sample.stack if sample.stack in VOLUMES else ""


def measured_of_volume(wildcards):
    volume = volume_of(wildcards.image) if MEASURED else ""
    files = ("body.json", "body.nii.gz")
    return [f"results/volumes/{volume}/{file}" for file in files] if volume else []


def facts_of_volume(wildcards):
    """Return where the facts of a slice's volume are, as `images.volume_facts` takes them."""
    volume = volume_of(wildcards.image) if MEASURED else ""
    return {"folder": f"results/volumes/{volume}", "masked": MASKED} if volume else None


def settings_of_image(wildcards):
    return reading_settings(sample_of(wildcards))


def settings_of_volume(wildcards):
    return reading_settings(VOLUMES[wildcards.volume])


def reading_settings(sample):
    """Return how an image is read: its row may have a window of its own."""
    own = images_config(sample, CONFIG.images)
    return settings(own, "shading", "correct_pixels")


def files_of_volume(wildcards):
    return own(VOLUMES[wildcards.volume].files.values())


def sources_of_volume(wildcards):
    return VOLUMES[wildcards.volume].files


def mask_of_volume(wildcards):
    """Return the user's mask of a volume, None where it is found."""
    body = CONFIG.images.volumes.body
    found = body in ("none", "threshold")
    return None if found else VOLUMES[wildcards.volume].columns[body]


def mask_files(wildcards):
    mask = mask_of_volume(wildcards)
    return own([mask]) if mask else []


def contents_of_volume(wildcards):
    mask = mask_of_volume(wildcards)
    return contents(
        {**VOLUMES[wildcards.volume].files, **({"mask": mask} if mask else {})}
    )


def axis_of_volume(wildcards):
    return next(iter(VOLUMES[wildcards.volume].plane))


def plane_of_map(wildcards):
    """Return the slice of a label volume that is an image's map; nothing for other maps."""
    return sample_of(wildcards).plane if volume_of(wildcards.image) else {}


def label_volumes_of(name):
    """Return the label volumes of the user's folder that a set is made of, by name."""
    files = [path for path in maps_from_folder(name) if is_volume(path)]
    return {name_of_map(path): path for path in files}


# Sets whose images are slices of volumes: real ones, or label volumes without any image.
STACKED = [
    name
    for name in MADE
    if label_volumes_of(name)
    or VOLUMES
    and folder_of_maps(SETS, name) is None
    and not OWN_MAPS.get(SETS[name].maps)
]


def grids_of_set(wildcards):
    """Return a file with the grid of each volume: of its labels, or its image where none are the
    user's."""
    if found := label_volumes_of(wildcards.set):
        return found
    reference = reference_of_maps(CONFIG, SETS, wildcards.set)
    block = CONFIG.own_maps.get(reference)
    return {
        name: (
            sample.columns[block.column] if block else next(iter(sample.files.values()))
        )
        for name, sample in VOLUMES.items()
        if not block or sample.columns.get(block.column)  # others have no label maps
    }


def grid_files_of_set(wildcards):
    return own(grids_of_set(wildcards).values())


def grid_contents(wildcards):
    return contents(grids_of_set(wildcards))


def places_of_slices(wildcards):
    """Return where each slice lies, as `volumes.stack.Place` takes it."""
    if found := label_volumes_of(wildcards.set):
        maps = map_files(sources_of(found.values()), {}, CONFIG.images.volumes.plane)
        slices = [(one.name, one.volume, one.plane) for one in maps]
    else:
        real = filter(volume_of, SAMPLES)
        slices = [(n, SAMPLES[n].stack, SAMPLES[n].plane) for n in real]
    return {
        name: {"volume": volume, "axis": axis, "number": number}
        for name, volume, plane in slices
        for axis, number in plane.items()
    }


def label_values(wildcards):
    """Return the number that label volumes have for each code; None where these have none."""
    classes = CLASSES.get(reference_of_maps(CONFIG, SETS, wildcards.set), ())
    numbers = [[v for v in one.values if isinstance(v, int)][:1] for one in classes]
    return [n for (n,) in numbers] if numbers and all(numbers) else None


def volumes_of_slices(wildcards):
    """Return the volume of each real image that is a slice: its slices share their noise."""
    return {name: volume for name in SAMPLES if (volume := volume_of(name))}


include: "volume_score_inputs.smk"
