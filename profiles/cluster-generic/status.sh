#!/bin/sh
# status.sh SCHEDULER ID: print running, success or failed. A scheduler that does not answer says
# nothing about the job, so it counts as running and is asked again.
case $1 in
slurm)
  answer=$(scontrol --oneliner show job "$2" 2>&1)
  case $answer in
  *"Invalid job id"*) echo failed ;; # finished so long ago that it is forgotten
  *JobState=COMPLETED*) echo success ;;
  *JobState=FAILED* | *JobState=CANCELLED* | *JobState=TIMEOUT* | *JobState=NODE_FAIL* | \
    *JobState=OUT_OF_MEMORY* | *JobState=BOOT_FAIL* | *JobState=DEADLINE* | *JobState=PREEMPTED*)
    echo failed
    ;;
  *) echo running ;;
  esac
  ;;
pbs)
  answer=$(qstat -x -f "$2" 2>&1)
  case $answer in
  *"job_state = F"*"Exit_status = 0"*) echo success ;;
  *"job_state = F"* | *"Unknown Job Id"*) echo failed ;;
  *) echo running ;;
  esac
  ;;
lsf)
  case $(bjobs -noheader -o stat "$2" 2>&1) in
  DONE) echo success ;;
  EXIT | *"is not found"*) echo failed ;;
  *) echo running ;;
  esac
  ;;
esac
