# The first job to send to a cluster: it says where it runs, or SLURM says why it does not. Without
# outputs and times to keep, it runs whenever it is asked for.
rule try_cluster:
    log:
        "results/logs/try_cluster.log",
    conda:
        "../envs/cytoforge.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        device="cpu",
        code=code("try_cluster"),
    message:
        "Trying a node of the cluster"
    script:
        "../workflow/scripts/try_cluster.py"


use rule try_cluster as try_gpu with:
    log:
        "results/logs/try_gpu.log",
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=10,
    params:
        device="cuda",
        code=code("try_cluster"),
    message:
        "Trying a node with a GPU"
