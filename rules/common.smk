# What all rules use: parameters, hashes of code, and targets by name.
from cytoforge.errors import told
from cytoforge.jobs.staleness import code_version, module_version, room_versions


include: "engine.smk"
include: "gone.smk"
include: "requests.smk"
include: "project.smk"


register_gpus()
interrupt_on_hangup()


def one_of(names):
    return "|".join(names) or "(?!)"


wildcard_constraints:
    # Not all names joined: every path would be searched with them, a fifth of the planning of 4,000
    # images and growing with their square.
    image=r"[^/]+",
    segmentation=one_of(CONFIG.segmentations),
    reference=one_of(CONFIG.references),
    dataset=one_of(CONFIG.datasets),
    model=one_of(CONFIG.models),
    set=one_of(SETS),
    utility=one_of(CONFIG.utility),
    any_set=rf"(?:{one_of(SETS)})(?:\.regions)?",


def settings(section, *without):
    """Return a config section as plain values for `params:`, so that a change is noticed.

    Keys in `without` change nothing that the rule makes; neither does the order of blocks.
    """
    return in_order(section.model_dump(mode="json", exclude=set(without)))


def in_order(value):
    """Return plain values with the keys of every mapping sorted."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: in_order(value[key]) for key in sorted(value)}


def code(script):
    """Return the hash of what a script really runs, for `params:`.

    Only who plans compares it: a cluster's jobs read the rules too, and hash nothing (1.4 s each).
    """
    if not workflow.is_main_process:
        return ""
    return code_version(f"workflow/scripts/{script}.py")


def model_code(part, model):
    """Return the hashes of what a model and its task run, which scripts load by name."""
    return [
        module_version("models", CONFIG.models[model].model, part),
        module_version("tasks", TRAINING[model].task),
        *plugin_contents("models", CONFIG.models[model].model),
    ]


def method_code(wildcards):
    """Return the hash of what a segmentation's own method runs, and what it may read."""
    method = CONFIG.segmentations[wildcards.segmentation].method
    model = MODEL_USED.get(wildcards.segmentation)
    return [
        module_version("segmentation", method, "segment"),
        *plugin_contents("segmentation", method),
        *(model_code("networks", model) if model else []),
    ]


def metrics_code():
    """Return the hash of each family of metrics by room and name."""
    rooms = ("pair_metrics", "set_metrics", "realism")
    return {room: room_versions(room) for room in rooms}


def for_images(pattern, images=tuple(SAMPLES), **wildcards):
    return expand(pattern, image=images, **wildcards)


def needed(section, key):
    """Return the names in `section` that a later block refers to by `key`."""
    return sorted({getattr(block, key) for block in section.values()} - {None})


def segmentations_in_use():
    """Return the names of the segmentations that label maps are made of."""
    return needed(CONFIG.rendered, "segmentation")


def final_outputs():
    return [
        "results/report/index.html",
        # Asked for here too: what reads them takes their tables, and a lost folder would go unseen.
        *expand("results/sets/{set}/fields", set=MADE),
        *gap_series(),
        *expand("results/sets/{set}/volumes.csv", set=STACKED),
        *expand("results/volume_scores/{set}/volumes.csv", set=SCORED_VOLUMES),
        *expand("results/tiles/{dataset}/export", dataset=EXPORTED_TILES),
        *expand("results/export/{model}", model=EXPORTED_MODELS),
    ]


def codes_of(reference):
    """Return the code table of a reference."""
    # Imported here: a dry run, and every job of a cluster, would wait for them otherwise.
    from cytoforge.references.codes import code_table
    from cytoforge.references.own.classes import class_codes

    if reference in CLASSES:
        return class_codes(CLASSES[reference])
    return code_table(CONFIG.references[reference])


def check_inputs_or_exit():
    """Leave with a message when a raw image is dated ahead of the clock, weights that choose are
    missing, a code to resample does not exist, or a user's label map is unusable."""
    from cytoforge.jobs.file_times import refuse_ahead
    from cytoforge.synthesis.label_maps import check_code_names, check_own_maps

    with told():
        for sample in SOURCES.values():
            refuse_ahead(sample.files.values())
        check_weights()
        for name, block in SETS.items():
            if block.images_by:
                codes = codes_of(reference_of(block.images_by))
                check_code_names(block.resample, codes, f"sets.{name}.resample")
                maps = [m for m in maps_from_folder(name) if m not in AT_THE_DOOR]
                check_own_maps(maps, len(codes), codes)
