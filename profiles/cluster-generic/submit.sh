#!/bin/sh
# submit.sh SCHEDULER RULE QUEUE CORES MB MINUTES GPUS JOBSCRIPT: send a job, print its id alone.
set -eu
scheduler=$1 rule=$2 queue=$3 cores=$4 mb=$5 minutes=$6 gpus=$7 script=$8
logs=results/logs/cluster
mkdir -p "$logs"

# Training is asked two minutes before its time limit to save its state and leave.
case $scheduler in
slurm)
  [ "$gpus" -eq 0 ] || set -- --gpus="$gpus" --signal=TERM@120
  [ "$gpus" -gt 0 ] || set --
  sbatch --parsable --job-name="cytoforge-$rule" --partition="$queue" --nodes=1 \
    --cpus-per-task="$cores" --mem="$mb" --time="$minutes" --output="$logs/$rule-%j.log" \
    "$@" "$script"
  ;;
pbs)
  [ "$gpus" -eq 0 ] && gpu_request= || gpu_request=":ngpus=$gpus"
  qsub -N "cytoforge-$rule" -q "$queue" -j oe -o "$logs/" \
    -l "select=1:ncpus=$cores:mem=${mb}mb$gpu_request" -l "walltime=$((minutes * 60))" "$script"
  ;;
lsf)
  [ "$gpus" -eq 0 ] && set -- || set -- -gpu "num=$gpus" -wa TERM -wt 2
  bsub -J "cytoforge-$rule" -q "$queue" -n "$cores" -R "span[hosts=1]" -M "${mb}MB" \
    -R "rusage[mem=${mb}MB]" -W "$minutes" -o "$logs/$rule-%J.log" "$@" "$script" |
    sed 's/^Job <\([0-9]*\)>.*/\1/'
  ;;
*)
  echo "submit.sh: no scheduler $scheduler; known are slurm, pbs and lsf" >&2
  exit 2
  ;;
esac
