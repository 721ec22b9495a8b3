# What scores of made volumes take: the real volumes, and what their labels are called.

# Sets of which each volume has a real one with the user's own labels, and of the same domain.
SCORED_VOLUMES = [
    name
    for name in STACKED
    if SETS[name].has_images
    and not label_volumes_of(name)
    and reference_of_maps(CONFIG, SETS, name) in CONFIG.own_maps
    and dataset_behind(CONFIG, SETS[name]) not in UNPAIRED
]


def reals_of_set(wildcards):
    """Return the real volumes, as `metrics.volumes.score_volumes.RealVolume` takes them."""
    train = set(SPLIT_IMAGES["train"])
    labels = grids_of_set(wildcards)
    numbers = {name: [] for name in VOLUMES}
    for image, place in places_of_slices(wildcards).items():
        if image in train:
            numbers[place["volume"]].append(place["number"])
    return {
        name: {
            "image": next(iter(sample.files.values())),
            "labels": labels[name],
            "axis": next(iter(sample.plane)),
            "training": sorted(numbers[name]),
            "unit": sample.columns.get(CONFIG.split.by, name),
            "body": f"results/volumes/{name}/body.nii.gz" if MASKED else "",
        }
        for name, sample in VOLUMES.items()
        if name in labels  # others are of another domain
    }


def unit_of_volumes():
    """Return what the split keeps together is called: by the column that it goes by."""
    by = CONFIG.split.by
    return by if by in CONFIG.split.required_columns else "volume"


def files_of_reals(wildcards):
    reals = reals_of_set(wildcards).values()
    return own([one[key] for one in reals for key in ("image", "labels")])


def bodies_of_reals(wildcards):
    return [one["body"] for one in reals_of_set(wildcards).values() if one["body"]]


def contents_of_reals(wildcards):
    return contents({str(path): str(path) for path in files_of_reals(wildcards)})


def classes_of_labels(wildcards):
    """Return name, colour and all values of each class, by its number in the label volumes."""
    reference = reference_of_maps(CONFIG, SETS, wildcards.set)
    codes, classes = codes_of(reference), CLASSES.get(reference, ())
    numbers = label_values(wildcards) or [code.code for code in codes]
    values = [[v for v in one.values if isinstance(v, int)] for one in classes]
    return {
        n: [code.name, list(code.colour), all_]
        for n, code, all_ in zip(numbers, codes, values or [[]] * len(codes))
    }
