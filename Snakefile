# Raw images -> segmentation -> label maps -> tiles -> models -> made sets -> scores -> report.
from snakemake.utils import min_version

from cytoforge.config.yaml_file import check_config_files
from cytoforge.errors import told

min_version("9.25")


# A config on the command line stands alone: merged, the shipped blocks would be run beside its own.
with told():
    check_config_files(workflow.config_settings.configfiles or ["config/config.yaml"])

if not workflow.config_settings.configfiles:

    configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "rules/common.smk"
include: "rules/own_files.smk"
include: "rules/inputs.smk"
include: "rules/set_inputs.smk"
include: "rules/score_inputs.smk"
include: "rules/report_inputs.smk"
include: "rules/images.smk"
include: "rules/segmentation.smk"
include: "rules/checks.smk"
include: "rules/references.smk"
include: "rules/tiles.smk"
include: "rules/training.smk"
include: "rules/export.smk"
include: "rules/sets.smk"
include: "rules/metrics.smk"
include: "rules/comparison.smk"
include: "rules/report.smk"
include: "rules/cluster.smk"
include: "rules/targets.smk"


# Where there is something to do. A wrong code in own label maps would else be found in synthesis.
onstart:
    drop_default_job_rate()
    check_inputs_or_exit()


onsuccess:
    compare_what_was_gone()


onerror:
    compare_what_was_gone()


rule all:
    default_target: True
    input:
        final_outputs(),
