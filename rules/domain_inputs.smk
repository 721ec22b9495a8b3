# What rules take of data sets of two domains, and of sets that are translated between them.
from cytoforge.split.domains import domain_members


include: "volume_inputs.smk"


def domains_of_dataset(wildcards):
    """Return the images of each domain, as `cytoforge.split.domains.DomainImages` takes them."""
    return asdict(DOMAINS[wildcards.dataset])


def images_of_both(wildcards):
    return for_images(IMAGES, sorted(sum(DOMAINS[wildcards.dataset].of.values(), [])))


def ends_of_set(wildcards):
    block = SETS[wildcards.set]
    return [block.from_domain, block.to_domain]


def images_to_translate(wildcards):
    """Return the real images of the domain that is translated."""
    block = SETS[wildcards.set]
    if block.images != "real":
        return []
    dataset = CONFIG.datasets[dataset_of_set(wildcards.set)]
    return for_images(IMAGES, domain_in_split(dataset, block.from_domain, block.split))


def domain_in_split(dataset, domain, split):
    wanted = set(real_images(split))
    names = domain_members(dataset, SAMPLES)[domain]
    return [name for name in names if name in wanted]
