#!/bin/sh
# submit.sh SCHEDULER RULE QUEUE CORES MB MINUTES MOST_MINUTES GPUS JOBSCRIPT: send a job, print its
# id alone: clusters print costs, quotas and colours as well.
set -eu
scheduler=$1 rule=$2 queue=$3 cores=$4 mb=$5 minutes=$6 gpus=$8 script=$9
[ "$minutes" -le "$7" ] || minutes=$7 # a group's time is a sum, and grows when it is sent again
logs=results/logs/cluster
mkdir -p "$logs"

# Training is asked two minutes before its time limit to save its state and leave.
case $scheduler in
slurm)
  [ "$gpus" -eq 0 ] || set -- --gpus="$gpus" --signal=TERM@120
  [ "$gpus" -gt 0 ] || set --
  printed=$(sbatch --parsable --job-name="cytoforge-$rule" --partition="$queue" --nodes=1 \
    --cpus-per-task="$cores" --mem="$mb" --time="$minutes" --output="$logs/$rule-%j.log" \
    "$@" "$script")
  id='\([0-9][0-9]*\)\(;.*\)\{0,1\}'
  ;;
pbs)
  [ "$gpus" -eq 0 ] && gpu_request= || gpu_request=":ngpus=$gpus"
  printed=$(qsub -N "cytoforge-$rule" -q "$queue" -j oe -o "$logs/" \
    -l "select=1:ncpus=$cores:mem=${mb}mb$gpu_request" -l "walltime=$((minutes * 60))" "$script")
  id='\([0-9][0-9]*\(\[\]\)\{0,1\}\(\.[A-Za-z0-9._-]*\)\{0,1\}\)'
  ;;
lsf)
  [ "$gpus" -eq 0 ] && set -- || set -- -gpu "num=$gpus" -wa TERM -wt 2
  printed=$(bsub -J "cytoforge-$rule" -q "$queue" -n "$cores" -R "span[hosts=1]" -M "${mb}MB" \
    -R "rusage[mem=${mb}MB]" -W "$minutes" -o "$logs/$rule-%J.log" "$@" "$script")
  id='Job <\([0-9]*\)>.*'
  ;;
*)
  echo "submit.sh: no scheduler $scheduler; known are slurm, pbs and lsf" >&2
  exit 2
  ;;
esac

escape=$(printf '\033')
found=$(printf '%s\n' "$printed" | tr -d '\r' | sed "s/$escape\[[0-9;]*[A-Za-z]//g" |
  sed -n "s/^ *$id *\$/\1/p" | tail -n 1)
if [ -z "$found" ]; then
  echo "submit.sh: which is the job's id? $scheduler printed: $printed" >&2
  exit 1
fi
echo "$found"
