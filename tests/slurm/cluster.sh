#!/usr/bin/env bash
# A real SLURM cluster for tests, on this machine and its loopback alone: munge, slurmctld and two
# slurmd, of which one has eight make-believe GPUs. As root, on Debian or Ubuntu:
#
#   cluster.sh install        packages, where they are missing
#   cluster.sh up FOLDER      start; logs, state and process ids go into FOLDER
#   cluster.sh node FOLDER N  start the slurmd of node N again
#   cluster.sh down FOLDER    end every process that `up` has started, remove the configuration
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
etc=/etc/slurm # steps of jobs see no SLURM_CONF, so the configuration lies where SLURM looks for it

fail() {
  echo "$1" >&2
  exit 1
}

ours() {
  head -n 1 "$etc/slurm.conf" | grep -qx '# cytoforge test cluster'
}

wait_for() { # wait_for SECONDS WHAT COMMAND...
  local tries=$(($1 * 5)) what=$2
  shift 2
  for _ in $(seq "$tries"); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  fail "$what did not come up"
}

install_packages() {
  if command -v slurmctld slurmd sbatch munged >/dev/null; then return 0; fi
  command -v apt-get >/dev/null || fail "no apt-get here"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || fail "apt-get cannot reach its packages"
  apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge
}

start_munge() {
  if munge -n >/dev/null 2>&1; then return 0; fi
  install -d -o munge -g munge -m 755 /run/munge
  install -d -o munge -g munge -m 700 /etc/munge /var/lib/munge /var/log/munge
  if [ ! -s /etc/munge/munge.key ]; then
    head -c 1024 /dev/urandom >/etc/munge/munge.key
  fi
  chown munge:munge /etc/munge/munge.key
  chmod 400 /etc/munge/munge.key
  setpriv --reuid=munge --regid=munge --clear-groups munged --pid-file=/run/munge/munged.pid
  wait_for 10 munged munge -n
  cp /run/munge/munged.pid "$1/pid/munged"
}

configure() {
  mkdir -p "$etc"
  sed "s|HOST|$(hostname -s)|g; s|FOLDER|$1|g" "$here/slurm.conf" >"$etc/slurm.conf"
  for number in 0 1 2 3 4 5 6 7; do # what a GPU's device file is to SLURM: a character device that opens
    rm -f "$1/device/gpu$number"
    mknod -m 666 "$1/device/gpu$number" c 1 3
  done
  printf 'AutoDetect=off\nNodeName=gpu1 Name=gpu Type=a100 File=%s\n' "$1/device/gpu[0-7]" \
    >"$etc/gres.conf"
}

nodes_ready() {
  [ "$(sinfo --noheader --Node --partition main,gpu --format %t | grep -cE 'idle|mix|alloc')" -eq 2 ]
}

up() {
  if [ -e "$etc/slurm.conf" ] && ! ours; then fail "this machine has a SLURM of its own"; fi
  if scontrol ping 2>/dev/null | grep -q UP; then fail "the test cluster is up already"; fi
  mkdir -p "$1"/{device,log,pid,spool/cpu1,spool/gpu1,state}
  chmod 755 "$1"
  start_munge "$1"
  configure "$1"
  slurmctld
  for node in cpu1 gpu1; do slurmd -N "$node"; done
  wait_for 30 "the cluster (see $1/log)" nodes_ready
}

end_process() { # by the id in a file, if that is still the program that wrote it
  local id
  id=$(cat "$1")
  if grep -q "^$2" "/proc/$id/comm" 2>/dev/null; then
    kill "$id"
    for _ in $(seq 50); do
      [ -n "$(head -c 1 /proc/$id/cmdline 2>/dev/null)" ] || break # gone, or ended and not waited for
      sleep 0.2
    done
  fi
  rm -f "$1"
}

down() {
  if scontrol ping 2>/dev/null | grep -q UP; then
    scancel --user="${SUDO_USER:-$(id -un)}" || true
    for _ in $(seq 50); do
      [ -n "$(squeue --noheader)" ] || break
      sleep 0.2
    done
  fi
  for file in "$1"/pid/*; do
    case ${file##*/} in
      slurmd-*) end_process "$file" slurmd ;;
      slurmctld) end_process "$file" slurmctld ;;
      munged) end_process "$file" munged ;;
    esac
  done
  if ours; then rm -f "$etc/slurm.conf" "$etc/gres.conf"; fi
}

case ${1:-} in
  install) install_packages ;;
  up) up "$2" ;;
  node) slurmd -N "$3" ;;
  down) down "$2" ;;
  *) fail "usage: cluster.sh install | up FOLDER | node FOLDER NAME | down FOLDER" ;;
esac
