# What cutting tiles takes: images, label maps and objects of real and of made sets.
# Data sets of slices with the label slices around them.
OF_SLICES = [name for name, dataset in CONFIG.datasets.items() if dataset.neighbours]


def made_of_dataset(wildcards):
    """Return the made sets of a data set, as `cytoforge.tiles.members.MadeSet` takes them."""
    dataset = CONFIG.datasets[wildcards.dataset]
    made = []
    for leaf, prefix in zip(made_leaves(dataset.set), prefixes(dataset.set)):
        exact = reference_of_maps(CONFIG, SETS, leaf) == dataset.reference
        again = {} if exact else made_again(leaf, dataset.reference)
        truth = {"maps_of": path for path in truth_of_set(leaf)["maps_of"] if exact}
        made.append({"manifest": manifest_of(leaf), "prefix": prefix, **truth, **again})
    return made


def made_again(name, reference):
    """Return where the label maps that are rendered of a made set lie, and its segmentation."""
    folder = f"results/sets/{name}"
    return {
        "rendered": f"{folder}/references/{reference}",
        "segmented": f"{folder}/segmentation/{CONFIG.references[reference].segmentation}",
    }


def files_of_made(wildcards):
    """Return the tables of `made_of_dataset`, which hold the checksums of all files."""
    made = made_of_dataset(wildcards)
    tables = [one[key] for one in made for key in ("manifest", "maps_of") if key in one]
    return tables + [f"{f}.csv" for f in folders_of(made)]


def folders_of(made):
    keys = ("rendered", "segmented")
    return [one[key] for one in made for key in keys if key in one]


def fields_of_dataset(wildcards):
    """Return the folders of `made_of_dataset`."""
    names = made_leaves(CONFIG.datasets[wildcards.dataset].set)
    drawn = [folder for name in names for folder in truth_of_set(name)["maps_fields"]]
    return fields_of(names) + drawn + folders_of(made_of_dataset(wildcards))


def images_of_dataset(wildcards):
    real = "real" in leaves(SETS, CONFIG.datasets[wildcards.dataset].set)
    names = [*PARTS[wildcards.dataset], *without_labels(wildcards.dataset)]
    return for_images(IMAGES, names) if real else []


def without_labels(dataset):
    """Return the images of a data set that have no label maps: those of the second domain."""
    domains = UNPAIRED.get(dataset)
    return list(domains.of.values())[1] if domains else []


def domains_of_maps(wildcards):
    domains = UNPAIRED.get(wildcards.dataset)
    return asdict(domains) if domains else None


def label_maps_of_dataset(wildcards):
    dataset = CONFIG.datasets[wildcards.dataset]
    real = "real" in leaves(SETS, dataset.set)
    return rendered(dataset.reference, PARTS[wildcards.dataset]) if real else []


def segmentations_of_dataset(wildcards):
    reference = CONFIG.datasets[wildcards.dataset].reference
    return objects_behind(reference, PARTS[wildcards.dataset])


def regions_of_dataset(wildcards):
    name = CONFIG.datasets[wildcards.dataset].set
    return REGIONS if name == "real" else f"results/sets/{name}/regions.csv"


def places_in_volumes(reference, images):
    """Return where label maps lie, as `references.own.neighbour_slices.SlicePlace` takes it."""
    column = CONFIG.own_maps[reference].column
    return {
        name: {"file": SAMPLES[name].columns[column], "axis": axis, "number": number}
        for name in images
        for axis, number in SAMPLES[name].plane.items()
    }


def places_of_dataset(wildcards):
    dataset, images = CONFIG.datasets[wildcards.dataset], PARTS[wildcards.dataset]
    return places_in_volumes(dataset.reference, images) if dataset.neighbours else {}


def label_volumes_of_dataset(wildcards):
    return own(volumes_behind(places_of_dataset(wildcards)))


def place_contents_of_dataset(wildcards):
    return contents({f: f for f in volumes_behind(places_of_dataset(wildcards))})


def volumes_behind(places):
    return sorted({place["file"] for place in places.values()})


def places_of_set(wildcards):
    """Return where the real label maps lie that a model sees with the slices around them."""
    block = SETS[wildcards.set]
    model = block.images_by
    if not model or block.maps != "real" or not TRAINING[model].neighbours:
        return {}
    return places_in_volumes(reference_of(model), real_images(block.split))


def label_volumes_of_set(wildcards):
    return own(volumes_behind(places_of_set(wildcards)))


def place_contents_of_set(wildcards):
    return contents({f: f for f in volumes_behind(places_of_set(wildcards))})
