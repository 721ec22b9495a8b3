# Results that are gone. Snakemake makes one again only where something else asks for it, so a lost
# image or model went unseen as long as the report was there; and it runs again all that follows what
# it makes. Ends when it asks for all that a target was made of, and then compares contents.
import os
from itertools import filterfalse

from snakemake.dag import DAG
from snakemake_interface_storage_plugins.io import Mtime

from cytoforge.jobs.checksums import date_of_record, is_whole, recorded

# What comes before any training: made again with the same bytes, it makes nothing else stale. After
# a model that was deleted in order to train it again, all that follows is made again.
BEFORE_TRAINING = {
    *(
        "convert_volume",
        "measure_volume",
        "convert",
        "estimate_light",
        "even_light",
        "split",
    ),
    *("segment", "segment_learned", "segment_cellpose", "segment_stardist"),
    *(
        "write_codes",
        "measure_gap",
        "check_segmentation",
        "judge_segmentation",
        "learn_pixels",
    ),
    *("measure_cells", "find_layer_bounds", "render", "take_map", "count_classes"),
    *("cut_tiles", "cut_slices", "cut_domains", "check_leaks", "cut_for_utility"),
}
# Path of each output of the jobs that make it again -> the sha256 and the date that it had.
LOST = {}


def see_what_is_gone():
    """Let a run of a named target, or of the default, make all that is gone, of whatever it is made
    of. One of single files makes these alone."""
    update = DAG.update_needrun

    async def update_needrun(dag, create_inventory=False):
        by_name = dag.targetrules and not workflow.touch
        gone = await gone_outputs(dag) if by_name else {}
        hidden = await hide(dag, gone)
        await update(dag, create_inventory)
        for file in hidden:
            dag.workflow.iocache.exists_local.pop(file)
            dag.workflow.iocache.mtime.pop(file)
        make_again(dag, gone)

    DAG.update_needrun = update_needrun


async def gone_outputs(dag):
    """Return the jobs whose outputs are gone, or folders of which a file is, with these."""
    gone = {}
    for job in filterfalse(dag.finished, dag.jobs):
        lost = []
        for file in job.output:
            if not await file.exists() or (file.is_directory and not is_whole(file)):
                lost.append(file)
        if lost:
            gone[job] = lost
    return gone


async def hide(dag, gone):
    """Let Snakemake take for present what can be made again with the same bytes; return it."""
    comparable = {
        job: files
        for job, files in gone.items()
        if job.rule.name in BEFORE_TRAINING and all(map(recorded, job.output))
    }
    hidden = []
    for level in reversed(list(dag.toposorted())) if comparable else ():
        for job in filter(comparable.__contains__, level):
            # Never later than what was made of it: contents could not be compared.
            dates = [await other.output_mintime for other in dag.depending[job]]
            dates += map(date_of_record, comparable[job])
            date = min(filter(None, dates))
            LOST.update({str(f): (recorded(f), date) for f in job.output})
            for file in comparable.pop(job):
                dag.workflow.iocache.exists_local[file] = True
                dag.workflow.iocache.mtime[file] = Mtime(local=date)
                hidden.append(file)
    return hidden


def make_again(dag, gone):
    """Add the jobs of what is gone, and what follows it unless the same bytes are to be expected."""
    spread = set(dag.needrun_jobs())
    alone = {job for job, files in gone.items() if all(str(f) in LOST for f in files)}
    others = spread | alone
    waiting = [job for job in gone if job not in others]
    for job, files in gone.items():
        dag.reason(job).missing_output.update(files)
        dag._needrun.add(job)
    while waiting:
        job = waiting.pop()
        spread.add(job)
        for other, files in dag.depending[job].items():
            dag.reason(other).updated_input_run.update(files)
            dag._needrun.add(other)
            if other not in spread:
                waiting.append(other)
    for job in alone & spread:
        for file in job.output:
            del LOST[str(file)]
    for job in dag._needrun:
        needed = filter(dag.needrun, dag.dependencies[job])
        dag._n_until_ready[job] = len(list(needed))
    dag._len = len(dag._finished | dag._needrun)


def compare_what_was_gone():
    """Date back what has the same bytes as before; leave with a message where it has not."""
    others = []
    for path, (sha256, date) in LOST.items():
        if recorded(path) != sha256:
            others.append(path)
        elif Path(path).exists():
            os.utime(path, (date, date))
    if others:
        raise SystemExit(
            f"\n{len(others)} lost results were made again and are not what they were, e.g."
            f" {others[0]}: the code, a setting or a library has changed. Give the same command"
            " again, and what depends on them is made again too."
        )


if workflow.is_main_process:
    see_what_is_gone()
