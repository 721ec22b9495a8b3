# What rules take of made sets: which model makes them, of what, and where their files lie.
from cytoforge.config.set_graph import leaves, reference_of_maps
from cytoforge.images.names import union_mark
from cytoforge.synthesis.maps import instance_files, name_of_map


include: "domain_inputs.smk"
include: "map_inputs.smk"
include: "dataset_inputs.smk"


def manifest_of(name):
    return f"results/sets/{name}/manifest.csv"


def fields_of(names):
    """Return the folders of sets: their manifests say what changed, the folders that they exist."""
    return expand("results/sets/{set}/fields", set=names)


def weights_of_set(wildcards):
    return f"results/models/{SETS[wildcards.set].model}/model.safetensors"


def model_of_set(wildcards):
    return f"results/models/{SETS[wildcards.set].model}/model.json"


def name_of_model(wildcards):
    return SETS[wildcards.set].model


def dataset_of_set(name):
    return dataset_behind(CONFIG, SETS[name])


def real_images(split):
    return list(SAMPLES) if split == "all" else SPLIT_IMAGES[split]


def source_set(wildcards):
    """Return the made set from which a set takes maps or images, or None."""
    block = SETS[wildcards.set]
    name = block.maps if block.images_by else block.images
    return name if name in SETS and SETS[name].is_made else None


def maps_of_set(wildcards):
    """Return the label maps that images are generated of, where they are no other model's."""
    block = SETS[wildcards.set]
    if not block.images_by:
        return []
    if block.maps == "real":
        reference = reference_of(block.images_by)
        labelled = among(real_images(block.split), images_of_reference(reference))
        return rendered(reference, labelled)
    return own(maps_from_folder(wildcards.set))


def manifest_of_maps(wildcards):
    source = source_set(wildcards)
    return manifest_of(source) if source and SETS[wildcards.set].images_by else []


def manifest_of_images(wildcards):
    source = source_set(wildcards)
    return manifest_of(source) if source and not SETS[wildcards.set].images_by else []


def fields_of_source(wildcards):
    source = source_set(wildcards)
    return fields_of([source]) if source else []


def images_of_maps(wildcards):
    """Return the real images that a set is made of, or whose grey ranges its fields take."""
    block = SETS[wildcards.set]
    source = source_set(wildcards)
    if source and (block.labels_by or SETS[source].maps_by):
        return []
    names = real_images(block.split)
    if block.images_by and block.maps != "real":
        stems = {name_of_map(path) for path in maps_from_folder(wildcards.set)}
        names = sorted(stems & set(SAMPLES)) if stems else list(SAMPLES)
    return for_images(IMAGES, names)


def instances_of_maps(wildcards):
    """Return the instance labels of the label maps, for models that see which cell is which."""
    block = SETS[wildcards.set]
    if not block.images_by or not sees_instances(wildcards.set):
        return []
    if block.maps == "real":
        return objects_behind(reference_of(block.model), real_images(block.split))
    return own(instance_files(sources_of(maps_from_folder(wildcards.set))))


def sees_instances(name):
    return "instances" in TRAINING[SETS[name].model].needs


def sample_numbers(wildcards):
    return list(range(SETS[wildcards.set].samples))


def resampled_codes(wildcards):
    codes = SETS[wildcards.set].resample
    return codes if codes == "all" else sorted(codes)


def synthesis_settings(wildcards):
    block = SETS[wildcards.set]
    return settings(block.synthesis or CONFIG.models[block.model].synthesis)


def networks_code_of_set(wildcards):
    return model_code("networks", SETS[wildcards.set].model)


# Sets that are segmented, rendered and cut into tiles.
def made_leaves(name):
    return sorted(leaf for leaf in leaves(SETS, name) if leaf != "real")


def prefixes(name):
    """Return what the image names of each made set get in front of them in a union."""
    united, made = leaves(SETS, name), made_leaves(name)
    mark = union_mark(made, SAMPLES if "real" in united else ())
    return [leaf + mark if len(united) > 1 else "" for leaf in made]


def manifests_in_set(wildcards):
    return [manifest_of(leaf) for leaf in made_leaves(wildcards.set)]


def fields_in_set(wildcards):
    return fields_of(made_leaves(wildcards.set))


def prefixes_in_set(wildcards):
    return prefixes(wildcards.set)


def has_real_images(wildcards):
    return "real" in leaves(SETS, wildcards.set)
