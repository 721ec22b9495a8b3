"""Learn a pixel classifier from scribbles."""

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.job import job
from cytoforge.segmentation.methods.pixels.classifier_file import write_classifier
from cytoforge.segmentation.methods.pixels.learn import learn_classifier, scribbled_of_files
from cytoforge.split.bands import block_split

with job(snakemake):
    params = snakemake.params
    cuts = {name: block_split(strips) for name, strips in params.strips.items()}
    sources = scribbled_of_files(snakemake.input.images, params.scribbles, cuts)
    config = parse_segmentation(params.segmentation)
    classifier = learn_classifier(sources, config, params.seed)
    print(classifier.learned.in_words(), flush=True)
    write_classifier(snakemake.output.classifier, classifier)
    write_json(snakemake.output.card, classifier.learned.card())
