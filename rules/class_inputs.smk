# What benchmarks of segmenters take that are scored by class too: whose classes are right.


def class_maps_of_benchmark(wildcards):
    """Return the label maps of the classes of the images whose true objects are compared."""
    block = benchmark_of(wildcards)
    return rendered(block.classes, truth_images(block)) if block.classes else []


def codes_of_benchmark(wildcards):
    classes = benchmark_of(wildcards).classes
    return f"results/references/{classes}/codes.json" if classes else []


def tissues_of_benchmark(wildcards):
    block = benchmark_of(wildcards)
    images = truth_images(block) if block.tissues else []
    return {name: SAMPLES[name].columns[block.tissues] for name in images}
