# What rules take that draw label maps, and what finds the exact objects behind the images of a set.
from cytoforge.config.map_sources import DEFAULT_SIZE_PX, map_source_config
from cytoforge.config.set_graph import dataset_behind
from cytoforge.config.spot_sets import segmentation_of_spots

# Sets of label maps: of the sources, and of models, which have a rule of their own.
DRAWN_BY_SOURCE = [name for name in MADE if SETS[name].map_source]
DRAWN_BY_MODEL = [name for name in MADE if SETS[name].maps_by and SETS[name].model]
MAP_SOURCES = sorted({SETS[name].map_source for name in DRAWN_BY_SOURCE})


def reference_of_dataset(wildcards):
    return CONFIG.datasets[wildcards.dataset].reference


def learned_images(wildcards):
    """Return the images of a data set that have training regions."""
    return among(SPLIT_IMAGES["train"], PARTS[wildcards.dataset])


def maps_to_learn(wildcards):
    return rendered(reference_of_dataset(wildcards), learned_images(wildcards))


def objects_to_learn(wildcards):
    return objects_behind(reference_of_dataset(wildcards), learned_images(wildcards))


def map_source_code(wildcards):
    return [
        module_version("map_sources", wildcards.map_source, "learn"),
        *plugin_contents("map_sources", wildcards.map_source),
    ]


def learned_of_set(wildcards):
    block = SETS[wildcards.set]
    return f"results/map_sources/{block.like}/{block.map_source}.safetensors"


def reference_of_drawn(name):
    """Return the reference whose codes a drawn set has."""
    return CONFIG.datasets[dataset_behind(CONFIG, SETS[name])].reference


def codes_of_drawn(wildcards):
    return f"results/references/{reference_of_drawn(wildcards.set)}/codes.json"


def drawn_seeds(wildcards):
    return list(SETS[wildcards.set].drawn_seeds)


def drawn_size(wildcards):
    return list(SETS[wildcards.set].size_px or DEFAULT_SIZE_PX)


def truncation_of_set(wildcards):
    found = SETS[wildcards.set].truncation
    return 1.0 if found is None else found


def source_of_set(wildcards):
    return SETS[wildcards.set].map_source


def source_settings_of_set(wildcards):
    block = SETS[wildcards.set]
    return settings(map_source_config(block.map_source).model_validate(block.source))


def rendering_of_set(wildcards):
    """Return how label maps are rendered of objects; None of the user's own classes."""
    reference = reference_of_drawn(wildcards.set)
    return None if reference in CLASSES else settings(CONFIG.references[reference])


def gap_rule_of_set(wildcards):
    """Return how the segmentation behind a reference finds the gap among cells, if it does."""
    reference = CONFIG.rendered.get(reference_of_drawn(wildcards.set))
    block = CONFIG.segmentations[reference.segmentation] if reference else None
    by_rule = block and "gap" in block.objects and "gap" not in block.found
    return settings(block.gap) if by_rule and block.gap.needs_cells else None


def draw_code_of_set(wildcards):
    source = SETS[wildcards.set].map_source
    return [
        module_version("map_sources", source, "draw"),
        *plugin_contents("map_sources", source),
    ]


def truth_of_set(name):
    """Return where the exact objects of a set's images are, as `synthesis.exact_truth` takes them.

    `maps_of`, `maps_fields`: manifest and folder of the drawn set that images were made of (or that
    the set is); `segmentations`: of the real images behind the others. Each may be empty.
    """
    if SETS[name].sum:
        return truth_of_set(next(part for part in SETS[name].sum if part != "real"))
    maps = name if SETS[name].maps_by else SETS[name].maps
    if maps in SETS and SETS[maps].maps_by:
        return {
            "maps_of": [manifest_of(maps)],
            "maps_fields": fields_of([maps]),
            "segmentations": [],
        }
    model, real = SETS[name].images_by, SETS[name].maps == "real"
    if SETS[name].spots and real:
        found = segmentation_of_spots(CONFIG, SETS[name])
        objects = segmented(found, real_images(SETS[name].split))
        return {"maps_of": [], "maps_fields": [], "segmentations": objects}
    behind = reference_of(model) if model and real else None
    return {
        "maps_of": [],
        "maps_fields": [],
        "segmentations": (
            objects_behind(behind, real_images(SETS[name].split)) if behind else []
        ),
    }
