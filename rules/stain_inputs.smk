# What scoring translations between stains takes: two domains, and the nuclei in them.
# What finds nuclei in any photograph; `labels` reads those that people have drawn.
FINDERS = [
    name
    for name, one in CONFIG.segmentations.items()
    if one.method in ("stain", "trained")
]
# Sets of real images that are scored: what is made of made images only shows the way back.
COMPARED = [name for name in TRANSLATED if SETS[name].images == "real"]
DRAWN = [name for name, one in CONFIG.segmentations.items() if one.method == "labels"]


def tested_of_domain(name, end):
    """Return the test images of the domain that a set is translated `from` or `to`."""
    domain = getattr(SETS[name], f"{end}_domain")
    return domain_in_split(CONFIG.datasets[dataset_of_set(name)], domain, "test")


def images_of_translation(wildcards):
    both = [tested_of_domain(wildcards.set, end) for end in ("from", "to")]
    return for_images(IMAGES, both[0] + both[1])


def found_before(wildcards):
    """Return what every segmenter found in the real images, of both domains where they are pairs."""
    ends = (
        ("from", "to")
        if CONFIG.datasets[dataset_of_set(wildcards.set)].pairs
        else ("from",)
    )
    images = [i for end in ends for i in tested_of_domain(wildcards.set, end)]
    return [path for name in FINDERS for path in segmented(name, images)]


def found_after(wildcards):
    return [f"results/sets/{wildcards.set}/segmentation/{name}.csv" for name in FINDERS]


def found_after_folders(wildcards):
    return [table.removesuffix(".csv") for table in found_after(wildcards)]


def true_nuclei(wildcards):
    """Return the nuclei that people have drawn in the source; none where nobody has."""
    return [
        path
        for name in DRAWN[:1]
        for path in segmented(
            name,
            among(
                tested_of_domain(wildcards.set, "from"), images_of_segmentation(name)
            ),
        )
    ]


def points_of_translation(wildcards):
    """Return the files of true points that samples.tsv names, by image of the source."""
    return {
        image: SAMPLES[image].columns["points"]
        for image in tested_of_domain(wildcards.set, "from")
        if SAMPLES[image].columns.get("points")
    }


def point_files(wildcards):
    return own(points_of_translation(wildcards).values())


def point_contents(wildcards):
    return contents(points_of_translation(wildcards))


def way_back(wildcards):
    """Return the manifest of the set that translates this one back, where the config has one."""
    back = [manifest_of(n) for n in TRANSLATED if SETS[n].images == wildcards.set]
    return back[0] if back else []


def way_back_fields(wildcards):
    return fields_of([n for n in TRANSLATED if SETS[n].images == wildcards.set][:1])


def target_of_translation(wildcards):
    return tested_of_domain(wildcards.set, "to")


def partners_of_translation(wildcards):
    """Return the image of the same place in the wanted domain, by source."""
    pairs = DOMAINS[dataset_of_set(wildcards.set)].pairs
    both = pairs | {partner: image for image, partner in pairs.items()}
    images = tested_of_domain(wildcards.set, "from")
    return {image: both[image] for image in images if image in both}


def partners_are_registered(wildcards):
    return CONFIG.datasets[dataset_of_set(wildcards.set)].registered


def second_stain(wildcards):
    """Return the stain beside haematoxylin in the wanted domain: DAB in that with positive cells."""
    positive = CONFIG.datasets[dataset_of_set(wildcards.set)].positive
    brown = positive is not None and positive.domain == SETS[wildcards.set].to_domain
    return "dab" if brown else "eosin"


def model_files_of_finders(wildcards):
    """Return the files of the models that segmenters use: recoloured images are given to them."""
    models = [MODEL_USED[name] for name in FINDERS if name in MODEL_USED]
    weights = expand("results/models/{model}/model.safetensors", model=models)
    return weights + expand("results/models/{model}/model.json", model=models)


def code_of_finders():
    return {
        name: [
            module_version(
                "segmentation", CONFIG.segmentations[name].method, "segment"
            ),
            *(model_code("networks", MODEL_USED[name]) if name in MODEL_USED else []),
        ]
        for name in FINDERS
    }
