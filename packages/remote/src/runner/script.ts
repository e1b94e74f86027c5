// Written from runner.sh: change that, then run `node packages/remote/scripts/generateRunner.mjs`.

/**
 * The job runner, a POSIX `sh` program: its protocol is the comment at its head.
 *
 * @category scripts
 * @since 0.1.0
 */
export const script: string = `#!/bin/sh
# runctl job runner, protocol 1: runs one command per unit, and keeps its log, its exit code and its clocks.
#
#   start UNIT --workdir DIR [options] -- CMD ARGS...   stdin: lines \`export NAME='value'\` for the job alone
#       --job JSON  --deadline EPOCH  --time EPOCH  --grace S (90)  --log-cap BYTES (1 GiB)
#       --claim all|none|I,J.. (all)
#       --probe 'SH COMMAND'  --probe-interval S (5)  --sample-interval S (10)
#       --time is now by the caller's clock, which the deadline goes by: without it, by this machine's.
#       Returns once the job runs or is over, with its status. A unit that exists is not started again.
#       A refused claim prints {"refused":"claimed","by":"UNIT"} and exits 75.
#   status UNIT · list                     {"unit","state","exitCode","startedAt","endedAt","logBytes","pid",
#                                          "deadline","reason","logClosed"} in one line; list: a line per unit
#   logs UNIT --from BYTE [--follow]       raw bytes; --follow ends when the log is closed or the reader is gone
#   samples|checkpoints UNIT --from BYTE   the bytes of samples.jsonl, checkpoints.jsonl
#   stop UNIT [--grace S] [--reason stop|deadline|preempted]   SIGTERM, SIGCONT, grace, SIGKILL; returns when ended
#   extend UNIT --deadline EPOCH [--time EPOCH] · remove UNIT (an ended one) · version
#
# States: Absent Running Ending Completed Failed Cancelled (stop, deadline) Interrupted (preempted, lost).
# Exit codes: 0 done · 1 no such unit, or it could not be done · 2 usage · 75 refused.
#
# Files of a unit, in \${RUNCTL_UNITS:-~/.runctl/units}/UNIT (0700, files 0600):
#   job.json log log.closed (final size) samples.jsonl checkpoints.jsonl checkpoint_dir deadline
#   due (deadline, and when that is by our own count of seconds)
#   pid (number start boot own-group epoch)   starter keeper logger (number start boot)
#   stop (reason, kill time)   exit_code (code epoch reason|-)   ended (after it nothing of the unit is left)
# Claims: ../claims/UNIT.claim holds \`all\` or GPU indexes; ../claims/lock guards them.
#
# Processes: start leaves a keeper, which has three children, each with a session of its own: the job, the logger at
# the other end of the job's pipe, and the watch (deadline, probe, samples, checkpoints, the kill after a grace).
# Each survives the death of the others. Every process of the job carries \`RUNCTL_UNIT=UNIT,\` in its environment.
# Our variables begin with \`_\`, so that none of them meets an exported variable of the job.
# shellcheck disable=SC2015 # \`A && B || C\`: C may follow either
set -u

_nl='
'
_setsid=$(command -v setsid) || _setsid=
{ read -r _boot </proc/sys/kernel/random/boot_id; } 2>/dev/null ||
  _boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null || sysctl -n kern.boottime 2>/dev/null | tr -cd 0-9)
_boot=\${_boot:-none}

die() {
  printf 'runctl: %s\\n' "$2" >&2
  exit "$1"
}

pause() { sleep "\${1:-0.2}" 2>/dev/null || sleep 1; }

# Seconds that no wall clock can jump, where the system counts them.
clock() {
  { read -r _now _ </proc/uptime; } 2>/dev/null || _now=$(date +%s)
  _now=\${_now%%.*}
}

size() {
  # shellcheck disable=SC2046,SC2012 # the fields of one \`ls -n\` line; \`wc -c\` would read the whole file in busybox
  set -- $(ls -lndL "$1" 2>/dev/null)
  case \${5:-,} in *[!0-9]*) _size=0 ;; *) _size=$5 ;; esac
}

# Writes a state file whole or not at all; on a full disk it gives up the reserve, then waits for room.
put() {
  until { printf '%s\\n' "$2" >"$_dir/$1.$$" && mv -f "$_dir/$1.$$" "$_dir/$1"; } 2>/dev/null; do
    [ -d "$_dir" ] || return 1
    rm "$_dir/reserve" 2>/dev/null || sleep 1
  done
}

# Runs its arguments in a session, or at least a process group, of their own (call it with \`&\`).
spawn() {
  [ -z "$_setsid" ] || exec "$_setsid" "$@"
  trap '' HUP
  exec "$@"
}

select_unit() {
  _unit=$1
  _dir=$_units/$1
  load_job
}

# --- processes -------------------------------------------------------------------------------------------------------

# Finds when a living process began (_start) and its group (_pgrp); fails for none and for a zombie.
started_of() {
  if [ -r /proc/self/stat ]; then
    { read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # A name may hold anything, a newline too.
    case $_stat in *') '*) ;; *) _stat=$(cat "/proc/$1/stat" 2>/dev/null) ;; esac
    # shellcheck disable=SC2086 # the fields after the name
    set -- \${_stat##*) }
    case $1 in Z | X) return 1 ;; esac
    _pgrp=$3
    shift 19
    _start=$1
  else
    # shellcheck disable=SC2046 # fields
    set -- $(LC_ALL=C ps -o stat= -o pgid= -o lstart= -p "$1" 2>/dev/null)
    case \${1:-Z} in Z*) return 1 ;; esac
    _pgrp=$2
    shift 2
    _start=$(printf %s "$*" | tr ' ' _)
  fi
}

identify() { started_of "$1" && printf '%s %s %s\\n' "$1" "$_start" "$_boot"; }

# A number alone comes back: a process is ours only with its start and its boot.
alive() { [ $# -ge 3 ] && [ "$3" = "$_boot" ] && started_of "$1" && [ "$_start" = "$2" ]; }

alive_in() {
  _identity=
  { read -r _identity <"$_dir/$1"; } 2>/dev/null
  # shellcheck disable=SC2086 # fields
  alive $_identity
}

load_job() {
  _job_pid='' _job_start='' _job_boot='' _job_group=0 _job_since=null
  { read -r _job_pid _job_start _job_boot _job_group _job_since <"$_dir/pid"; } 2>/dev/null
}

job_alive() { alive "$_job_pid" "$_job_start" "$_job_boot"; }

# The job's group, unless the number now leads somebody else's: a dead leader keeps its number while the group lives.
find_leader() {
  _leader=0
  [ "$_job_group" = 1 ] && [ "$_job_boot" = "$_boot" ] || return 0
  if started_of "$_job_pid" && [ "$_start" != "$_job_start" ]; then return 0; fi
  _leader=$_job_pid
}

# Lines \`PID STATE GROUP SESSION\` for every process, and \`marked PID\` for those with our mark.
process_table() {
  if [ -r /proc/self/stat ]; then
    cat /proc/[0-9]*/stat 2>/dev/null |
      sed -n 's/^\\([0-9]*\\) (.*) \\([A-Za-z]\\) [0-9]* \\([0-9]*\\) \\([0-9]*\\) .*/\\1 \\2 \\3 \\4/p'
    _match=-lF
    if printf 'a\\0b\\0' | grep -zxF b >/dev/null 2>&1; then _match=-lzxF; fi
    grep "$_match" "RUNCTL_UNIT=$_unit," /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\\([0-9]*\\)/.*,marked \\1,'
  else
    ps -A -o pid= -o stat= -o pgid= | awk '{ print $1, $2, $3, 0 }'
    { ps -axEww -o pid= -o command= 2>/dev/null || ps axeww -o pid= -o args=; } |
      awk -v unit="$_unit" 'index($0, " RUNCTL_UNIT=" unit ",") { print "marked", $1 }'
  fi
}

# The living processes of the unit: all, or those that a signal to the group does not reach.
members() {
  process_table | awk -v leader="$_leader" -v which="$1" '
    $1 == "marked" { marked[$2] = 1; next }
    $2 !~ /^[ZX]/ { group[$1] = $3; session[$1] = $4 }
    END {
      for (pid in group) {
        inside = leader > 0 && group[pid] == leader
        ours = inside || (pid in marked) || (leader > 0 && session[pid] == leader)
        if (ours && !(inside && which == "outside")) print pid
      }
    }'
}

signal_all() {
  find_leader
  _others=$(members outside)
  [ "$_leader" = 0 ] || kill "-$1" "-$_leader" 2>/dev/null
  for _other in $_others; do kill "-$1" "$_other" 2>/dev/null; done
}

# Waits until no process of the unit is left; from the kill time on (an ordered stop knows its own) kills what is.
end_by() {
  _rounds=0
  while :; do
    _kill_at=$1
    { read -r _ _kill_at <"$_dir/stop"; } 2>/dev/null
    clock
    if [ "$_now" -ge "$_kill_at" ] || ! job_alive; then
      find_leader
      [ -n "$(members all)" ] || return 0
      [ "$_now" -lt "$_kill_at" ] || signal_all KILL
    fi
    # Some processes cannot be killed for a long time: those are not worth a busy machine.
    _rounds=$((_rounds + 1))
    if [ $_rounds -lt 50 ]; then pause; else sleep 1; fi
  done
}

# Orders the end once: whoever comes first sends the SIGTERM, later ones can only shorten the grace.
request_stop() {
  clock
  _until=$((_now + $2))
  if mkdir "$_dir/stopping" 2>/dev/null; then
    put stop "$1 $_until"
    signal_all TERM
    signal_all CONT
  elif { read -r _order _kill_at <"$_dir/stop"; } 2>/dev/null && [ "$_until" -lt "$_kill_at" ]; then
    put stop "$_order $_until"
  fi
}

# --- state -----------------------------------------------------------------------------------------------------------

log_closed() {
  [ ! -e "$_dir/log.closed" ] || return 0
  ! alive_in logger && { [ -e "$_dir/logger" ] || ! { alive_in keeper || alive_in starter; }; }
}

observe() {
  _state=Absent _code=null _ended=null _reason=- _tries=0 _job_since=null
  while [ -d "$_dir" ]; do
    if { read -r _code _ended _reason <"$_dir/exit_code"; } 2>/dev/null; then
      load_job
      if [ ! -e "$_dir/ended" ] && alive_in keeper && [ ! -e "$_dir/ended" ]; then _state=Ending; else conclude; fi
      return
    fi
    load_job
    if job_alive; then
      if { read -r _reason _ <"$_dir/stop"; } 2>/dev/null; then _state=Ending; else _state=Running; fi
      return
    elif alive_in keeper || alive_in starter; then
      if [ -n "$_job_pid" ]; then _state=Ending; else _state=Running; fi
      return
    fi
    # What looks lost may be a start before its first file, or an end between our two looks.
    if [ ! -e "$_dir/starter" ] && [ ! -e "$_dir/keeper" ] && [ $_tries -lt 10 ]; then
      _tries=$((_tries + 1))
      pause
    elif [ ! -e "$_dir/exit_code" ]; then
      _reason=lost
      { read -r _reason _ <"$_dir/stop"; } 2>/dev/null
      conclude
      return
    fi
  done
}

conclude() {
  case $_reason in
    stop | deadline) _state=Cancelled ;;
    preempted | lost) _state=Interrupted ;;
    *) if [ "$_code" = 0 ]; then _state=Completed; else _state=Failed; fi ;;
  esac
}

print_status() {
  observe
  _pid=null _deadline=null _closed=true
  case $_state in Running | Ending) if job_alive; then _pid=$_job_pid; fi ;; esac
  { read -r _deadline <"$_dir/deadline"; } 2>/dev/null
  log_closed || _closed=false
  case $_reason in -) _reason=null ;; *) _reason="\\"$_reason\\"" ;; esac
  size "$_dir/log"
  printf '{"unit":"%s","state":"%s","exitCode":%s,"startedAt":%s,"endedAt":%s,"logBytes":%s,' \\
    "$_unit" "$_state" "$_code" "$_job_since" "$_ended" "$_size"
  printf '"pid":%s,"deadline":%s,"reason":%s,"logClosed":%s}\\n' "$_pid" "$_deadline" "$_reason" "$_closed"
}

# --- claims ----------------------------------------------------------------------------------------------------------

lock_claims() {
  _tries=0
  until ln -s "$(identify $$)" "$_claims/lock" 2>/dev/null; do
    [ $_tries -lt 150 ] || die 1 "the claims in $_claims are locked"
    _tries=$((_tries + 1))
    _holder=$(readlink "$_claims/lock") || continue
    # shellcheck disable=SC2086 # fields
    if alive $_holder; then
      pause
    elif mkdir "$_claims/unlock.\${_holder%% *}" 2>/dev/null; then
      # Only one may break a dead lock, and only while it is still that one.
      [ "$(readlink "$_claims/lock")" != "$_holder" ] || rm -f "$_claims/lock"
      rmdir "$_claims/unlock.\${_holder%% *}"
    else
      pause
    fi
  done
}

overlap() {
  [ "$1" != all ] && [ "$2" != all ] || return 0
  for _index in $(printf %s "$1" | tr , ' '); do
    case ",$2," in *",$_index,"*) return 0 ;; esac
  done
  return 1
}

live() (
  select_unit "$1"
  observe
  [ "$_state" = Running ] || [ "$_state" = Ending ]
)

# Takes the GPUs, or says in _by which living unit has them; claims of the dead are removed on the way.
claim() {
  [ "$_claim" != none ] || return 0
  lock_claims
  _by=
  for _file in "$_claims"/*.claim; do
    [ -e "$_file" ] && overlap "$_claim" "$(cat "$_file")" || continue
    _holder=\${_file##*/}
    if live "\${_holder%.claim}"; then _by=\${_holder%.claim}; else rm -f "$_file"; fi
  done
  [ -n "$_by" ] || printf '%s\\n' "$_claim" >"$_claims/$_unit.claim"
  rm -f "$_claims/lock"
  [ -z "$_by" ]
}

# --- start, and the processes it leaves ------------------------------------------------------------------------------

# Waits until the job is more than a shell about to become it, or is over; fails when the unit is gone again.
# Takes the seconds between two looks.
settle() {
  _tries=0
  while [ -d "$_dir" ] && [ ! -e "$_dir/exit_code" ] && [ "$_tries" -lt 400 ]; do
    load_job
    if job_alive; then
      _args=$({ tr '\\0' ' ' <"/proc/$_job_pid/cmdline" || ps -o args= -p "$_job_pid"; } 2>/dev/null)
      case $_args in '' | *" _job $_unit "*) ;; *) return 0 ;; esac
    elif ! alive_in keeper && ! alive_in starter; then
      if [ -e "$_dir/starter" ] || [ "$_tries" -ge 100 ]; then return 0; fi
    fi
    _tries=$((_tries + 1))
    pause "$1"
  done
  [ -d "$_dir" ]
}

# The answer to a start that starts nothing; the caller's lines are read, so that writing them does not fail.
drain_input() { [ -t 0 ] || cat >/dev/null; }

start() {
  [ $# -gt 0 ] || die 2 "start needs -- and a command"
  [ -n "$_workdir" ] && [ -d "$_workdir" ] || die 2 "the work directory does not exist: \${_workdir:-(none given)}"
  _workdir=$(CDPATH='' cd "$_workdir" && pwd) || die 2 "the work directory cannot be entered: $_workdir"
  mkdir -p "$_units" "$_claims" && chmod 700 "$_units" "$_claims" || die 1 "cannot make $_units"
  until mkdir "$_dir" 2>/dev/null; do
    [ -d "$_dir" ] || die 1 "cannot make $_dir"
    if settle 0.2; then
      drain_input
      print_status
      return
    fi
  done
  put starter "$(identify $$)"
  if ! claim; then
    rm -rf "$_dir"
    drain_input
    printf '{"refused":"claimed","by":"%s"}\\n' "$_by"
    exit 75
  fi
  if ! prepare; then
    rm -rf "$_dir" "$_claims/$_unit.claim"
    die 1 "cannot write to $_dir"
  fi
  [ -n "$_setsid" ] || set -m 2>/dev/null
  # The answer ends when the last of keeper and job has let go of it, which is when the job has become its command.
  _ready=$(spawn sh "$_self" _keep "$_unit" --workdir "$_workdir" --grace "$_grace" --log-cap "$_log_cap" \\
    --probe "$_probe" --probe-interval "$_probe_interval" --sample-interval "$_sample_interval" --umask "$_umask" \\
    -- "$@" </dev/null 2>"$_dir/keeper.log" &)
  rm -f "$_dir/starter"
  settle 0.02
  rm -f "$_dir/env"
  print_status
}

prepare() {
  if [ ! -t 0 ]; then cat; fi >"$_dir/env" && printf '%s' "$_job" >"$_dir/job.json" && : >"$_dir/log" &&
    dd if=/dev/zero of="$_dir/reserve" bs=65536 count=1 2>/dev/null && mkfifo "$_dir/pipe" || return 1
  [ -z "$_deadline" ] || set_deadline
}

# A deadline is so many seconds away: which ones those are, no clock that is wrong can change.
set_deadline() {
  clock
  put due "$_deadline $((_now + _deadline - \${_time:-$(date +%s)}))"
  put deadline "$_deadline"
}

keep() {
  cd /
  trap : HUP INT TERM
  put keeper "$(identify $$)"
  [ -n "$_setsid" ] || set -m 2>/dev/null
  spawn sh "$_self" _log "$_unit" --log-cap "$_log_cap" <"$_dir/pipe" >/dev/null &
  _logger=$!
  set -- RUNCTL_UNIT="$_unit," PYTHONUNBUFFERED=1 \\
    sh "$_self" _job "$_unit" --workdir "$_workdir" --umask "$_umask" -- "$@"
  # A shell starts its background commands deaf to SIGINT; only a newer \`env\` can undo that.
  if env --default-signal true 2>/dev/null; then set -- --default-signal "$@"; fi
  spawn env "$@" </dev/null 9>&1 >"$_dir/pipe" 2>&1 &
  _main=$!
  spawn sh "$_self" _watch "$_unit" --workdir "$_workdir" --grace "$_grace" --probe "$_probe" \\
    --probe-interval "$_probe_interval" --sample-interval "$_sample_interval" >/dev/null &
  _watch=$!
  exec >/dev/null
  _code=127
  await_main
  while job_alive || { [ -z "$_job_pid" ] && kill -0 "$_main" 2>/dev/null; }; do
    pause
    await_main
  done
  await_main
  finish
}

# Takes the exit code; a signal to us, or a stopped job under job control, ends \`wait\` before its time with another.
await_main() {
  wait "$_main" 2>/dev/null
  _again=$?
  [ $_again = 127 ] || _code=$_again
  load_job
}

finish() {
  _reason=-
  { read -r _reason _ <"$_dir/stop"; } 2>/dev/null
  put exit_code "$_code $(date +%s) $_reason"
  [ "$_reason" != - ] || signal_all TERM
  clock
  end_by $((_now + 5))
  _tries=0
  until [ -e "$_dir/log.closed" ] || ! kill -0 "$_logger" 2>/dev/null; do
    # Somebody outside the unit still holds the pipe: the log is closed without waiting for him.
    [ $_tries -ne 50 ] || end_group TERM "$_logger"
    _tries=$((_tries + 1))
    pause 0.1
  done
  end_group TERM "$_watch"
  wait "$_watch" 2>/dev/null
  # Whoever ends well, also when he was told to, has finished what he wrote.
  if [ "$_code" = 0 ]; then scan all; fi
  release
  put ended "$(date +%s)"
}

release() { rm -f "$_dir/env" "$_dir/reserve" "$_dir/pipe" "$_dir/room" "$_claims/$_unit.claim"; }

end_group() { kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null; }

job() {
  started_of $$
  _group=0
  [ "$_pgrp" != $$ ] || _group=1
  put pid "$$ $_start $_boot $_group $(date +%s)"
  _env=$(cat "$_dir/env")
  rm -f "$_dir/env"
  cd "$_workdir" || exit 126
  set +u
  # Errors are not shown: they would quote a secret.
  (eval "$_env") >/dev/null 2>&1 || die 126 "the environment given on standard input is not sh syntax"
  eval "$_env" 2>/dev/null
  export RUNCTL_UNIT="$_unit,"
  [ -z "\${RUNCTL_CHECKPOINT_DIR-}" ] || printf '%s\\n' "$RUNCTL_CHECKPOINT_DIR" >"$_dir/checkpoint_dir"
  umask "$_umask"
  exec "$@" 9>&-
}

# --- the log ---------------------------------------------------------------------------------------------------------

# \`dd\` passes on whatever one read brings, at once; \`wc\` tells us what came, so that a full disk is counted to the byte.
# A failed write shows at the end of a batch of reads: batches that take about a second keep both cost and loss small.
log() {
  _closing='' _room=$_log_cap _read=1 _batch=16
  trap '' HUP INT
  trap '_closing=1' TERM
  put logger "$(identify $$)"
  while [ "$_room" -gt 0 ] && [ "$_read" -gt 0 ] && [ -z "$_closing" ]; do
    _block=65536 _count=$_batch
    [ "$_room" -ge $((_batch * 65536)) ] || _count=$((_room / 65536))
    [ "$_count" -gt 0 ] || _block=$_room _count=1
    size "$_dir/log"
    clock
    _before=$_size _began=$_now
    _read=$(dd bs="$_block" count="$_count" 2>/dev/null | tee -a "$_dir/log" 2>/dev/null | wc -c)
    _read=$((\${_read:-0}))
    size "$_dir/log"
    _room=$((_room - _size + _before))
    [ $((_size - _before)) -ge "$_read" ] || drain_until_room $((_read - _size + _before))
    clock
    if [ $((_now - _began)) -ge 2 ]; then _batch=$((_batch / 4 + 1)); elif [ "$_batch" -lt 1024 ]; then
      _batch=$((_batch * 2))
    fi
  done
  [ "$_room" -gt 0 ] || [ "$_read" = 0 ] || [ -n "$_closing" ] || drain_to_end
  size "$_dir/log"
  put log.closed "$_size"
}

drain_until_room() {
  _lost=$1 _tries=0
  until
    dd if=/dev/zero of="$_dir/room" bs=65536 count=1 2>/dev/null && rm -f "$_dir/room" &&
      printf '\\n[runctl: %s bytes left out here: the disk was full]\\n' "$_lost" 2>/dev/null >>"$_dir/log"
  do
    rm -f "$_dir/room"
    _read=$(dd bs=65536 count=1 2>/dev/null | wc -c)
    _read=$((\${_read:-0}))
    _lost=$((_lost + _read))
    if [ "$_read" = 0 ]; then
      rm -f "$_dir/reserve"
      _tries=$((_tries + 1))
      [ $_tries -le 5 ] || return 0
      [ $_tries = 1 ] || sleep 1
    fi
  done
}

drain_to_end() {
  mkfifo "$_dir/rest"
  tail -c 65536 <"$_dir/rest" >"$_dir/tail" 2>/dev/null &
  _read=$(tee "$_dir/rest" | wc -c)
  wait $!
  size "$_dir/tail"
  _lost=$((\${_read:-0} - _size))
  [ $_lost -le 0 ] ||
    printf '\\n[runctl: %s bytes left out here: the log reached its cap of %s bytes]\\n' $_lost "$_log_cap" >>"$_dir/log"
  cat "$_dir/tail" >>"$_dir/log"
  rm -f "$_dir/tail" "$_dir/rest"
}

stream() {
  [ -d "$_dir" ] || die 1 "there is no unit $_unit"
  [ -e "$_dir/$1" ] || return 0
  exec 3<"$_dir/$1"
  # The descriptor is shared: what one \`cat\` has read, the next one does not read again.
  [ "$_from" = 0 ] || dd bs=1 skip="$_from" count=0 <&3 2>/dev/null
  if [ -z "$_follow" ]; then
    cat <&3
    return
  fi
  _canary=$$ _tries=0 _last=
  # An idle reader's absence shows in no write; GNU tail looks for it.
  case $(tail --version 2>/dev/null) in
    *coreutils*)
      tail -s 1 -n 0 --pid=$$ -f /dev/null 3<&- 2>/dev/null &
      _canary=$!
      trap 'kill "$_canary" 2>/dev/null' EXIT
      trap 'exit 0' HUP INT TERM PIPE
      ;;
  esac
  until [ -n "$_last" ]; do
    if [ -e "$_dir/log.closed" ]; then _last=1; fi
    if [ $((_tries % 10)) = 9 ] && log_closed; then _last=1; fi
    cat <&3 2>/dev/null || exit 0
    _tries=$((_tries + 1))
    find_parent
    kill -0 "$_canary" 2>/dev/null && [ "$_parent" = "$PPID" ] || exit 0
    [ -n "$_last" ] || pause
  done
}

find_parent() {
  if { read -r _stat </proc/$$/stat; } 2>/dev/null; then
    # shellcheck disable=SC2086 # fields
    set -- \${_stat##*) }
    _parent=$2
  else
    _parent=$(ps -o ppid= -p $$ | tr -d ' ')
  fi
}

# --- the watch -------------------------------------------------------------------------------------------------------

watch() {
  _next_wake=0 _strange=0 _pid__sample=0 _pid__probe=0 _next__sample=0 _next__probe=0
  trap 'end_helpers; exit 0' TERM
  trap '' HUP INT
  [ -n "$_setsid" ] || set -m 2>/dev/null
  while [ ! -e "$_dir/pid" ] && alive_in keeper; do pause 0.1; done
  load_job
  while job_alive; do
    if [ -e "$_dir/stop" ]; then
      end_by 0
      break
    fi
    tick
    sleep 1
  done
  end_helpers
  # Only when the keeper is lost is the rest ours: otherwise it ends us before this can matter.
  alive_in keeper || clear_away
}

# What is left of a unit whose keeper is lost.
clear_away() {
  [ -e "$_dir/stop" ] || signal_all TERM
  clock
  end_by $((_now + 5))
  release
  put ended "$(date +%s)"
}

tick() {
  clock
  _due_for='' _due='' _is_due=''
  { read -r _deadline <"$_dir/deadline" && read -r _due_for _due <"$_dir/due"; } 2>/dev/null
  if [ -n "$_deadline" ] && [ "$_due_for" != "$_deadline" ]; then
    # A runner before this one knows only the deadline; ours is about to write the other file too.
    _strange=$((_strange + 1))
    [ $_strange -lt 3 ] || set_deadline
  else
    _strange=0
    [ -z "$_due" ] || [ "$_now" -lt "$_due" ] || _is_due=1
  fi
  if [ -n "$_is_due" ]; then
    request_stop deadline "$_grace"
  elif [ -e "$_dir/preempted" ]; then
    request_stop preempted "$_grace"
  fi
  [ -z "$_probe" ] || helper _probe "$_probe_interval" "$_probe"
  helper _sample "$_sample_interval" "$_workdir"
  if [ "$_now" -ge "$_next_wake" ]; then
    _next_wake=$((_now + 10))
    wake_clocks
  fi
}

# The clocks of the machine have a keeper while they are armed: one that was killed is missed here first.
wake_clocks() {
  { read -r _script <"\${_units%/*}/clocks/script"; } 2>/dev/null && [ -f "$_script" ] || return 0
  # shellcheck disable=SC2046 # fields
  if ! alive $(readlink "\${_units%/*}/clocks/keeper" 2>/dev/null); then
    spawn sh "$_script" run </dev/null >/dev/null 2>&1 &
  fi
}

# Whatever may hang runs beside the clocks: one of each at a time, none longer than 30 s.
helper() {
  _helper=0 _next=0
  eval "_helper=\\$_pid_$1 _next=\\$_next_$1"
  [ "$_now" -ge "$_next" ] || return 0
  if [ "$_helper" != 0 ] && kill -0 "$_helper" 2>/dev/null; then
    [ "$_now" -ge $((_next + 30)) ] || return 0
    end_group KILL "$_helper"
  fi
  spawn sh "$_self" "$1" "$_unit" -- "$3" </dev/null >/dev/null 2>&1 &
  eval "_pid_$1=$! _next_$1=$((_now + $2))"
}

end_helpers() {
  for _helper in "$_pid__sample" "$_pid__probe"; do
    [ "$_helper" = 0 ] || end_group KILL "$_helper"
  done
}

probe() { sh -c "$1" && : >"$_dir/preempted"; }

# CSV lines of nvidia-smi if it answers within 3 s; once it has hung it is not asked again.
gpus() {
  [ ! -e "$_dir/no_gpus" ] && command -v nvidia-smi >/dev/null 2>&1 || return 0
  spawn nvidia-smi --query-gpu=index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw \\
    --format=csv,noheader,nounits >"$_dir/gpus" &
  _smi=$! _tries=0
  while kill -0 $_smi 2>/dev/null; do
    if [ $_tries -ge 30 ]; then
      : >"$_dir/no_gpus"
      end_group KILL $_smi
      return 0
    fi
    _tries=$((_tries + 1))
    pause 0.1
  done
  if wait $_smi; then sed 's/^/gpu,/; s/\\[[^]]*\\]/null/g' "$_dir/gpus"; fi
}

sample() {
  _workdir=$1
  {
    cat "$_dir/cpu" /proc/stat /proc/meminfo
    df -Pk "$_workdir" | sed -n '2s/^/disk /p'
    gpus
  } 2>/dev/null | LC_ALL=C awk -F '[ ,]+' -v at="$(date +%s)" '
    function known(value, factor) { return value ~ /^-?[0-9.]+$/ ? sprintf("%.10g", value * factor) : "null" }
    function bytes(value, factor) { return value ~ /^[0-9]+$/ ? sprintf("%.0f", value * factor) : "null" }
    $1 == "was" || $1 == "cpu" { for (i = 2; i <= 9; i++) total[$1] += $i; idle[$1] = $5 + $6 }
    $1 == "cpu" { sub(/^cpu/, "was"); was = $0 }
    $1 == "MemTotal:" { memory = $2 }
    $1 == "MemAvailable:" { free = $2 }
    $1 == "disk" { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { used = $(i - 2); size = $(i - 3); break } }
    $1 == "gpu" {
      gpus = gpus sprintf("%s{\\"index\\":%s,\\"utilizationPercent\\":%s,\\"memoryUsedBytes\\":%s,\\"memoryTotalBytes\\":%s," \\
        "\\"temperatureC\\":%s,\\"powerW\\":%s}", gpus == "" ? "" : ",", known($2, 1), known($3, 1), bytes($4, 1048576),
        bytes($5, 1048576), known($6, 1), known($7, 1))
    }
    END {
      spent = "was" in total ? total["cpu"] - total["was"] : 0
      cpu = spent > 0 ? sprintf("%.1f", 100 * (1 - (idle["cpu"] - idle["was"]) / spent)) : "null"
      printf "{\\"at\\":%s,\\"cpuPercent\\":%s,\\"memoryUsedBytes\\":%s,\\"memoryTotalBytes\\":%s,\\"diskUsedBytes\\":%s," \\
        "\\"diskTotalBytes\\":%s,\\"gpus\\":[%s]}\\n", at, cpu, free == "" ? "null" : bytes(sprintf("%.0f", memory - free), 1024),
        bytes(memory, 1024), bytes(used, 1024), bytes(size, 1024), gpus
      if (was != "") print was
    }' >"$_dir/sample"
  sed -n '/^{/p' "$_dir/sample" >>"$_dir/samples.jsonl"
  sed -n '/^was/p' "$_dir/sample" >"$_dir/cpu"
  [ ! -e "$_dir/checkpoint_dir" ] || scan stable
}

# Lists each checkpoint once per size and time: all that are there, or those that two scans of a living job found equal.
scan() {
  [ -e "$_dir/checkpoint_dir" ] && CDPATH='' cd "$_workdir" && CDPATH='' cd "$(cat "$_dir/checkpoint_dir")" || return 0
  _mode=$1
  if stat -c %s / >/dev/null 2>&1; then set -- -c '%s %y %n'; else set -- -f '%z %Fm - - %N'; fi
  {
    sed 's/^/seen /' "$_dir/checkpoints.seen"
    sed 's/^/last /' "$_dir/checkpoints.last"
    TZ=UTC0 LC_ALL=C find . -name "*$_nl*" -prune -o -type f -exec stat "$@" {} + | sed 's/^/file /'
  } 2>/dev/null | LC_ALL=C awk -v mode="$_mode" -v at="$(date +%s)" '
    function quoted(text,    out, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c == "\\\\" || c == "\\"" ? "\\\\" c : (c in code) ? sprintf("\\\\u%04x", code[c]) : c)
      }
      return "\\"" out "\\""
    }
    BEGIN { for (i = 1; i < 32; i++) code[sprintf("%c", i)] = i }
    /^seen / { seen[substr($0, 6)] = 1; next }
    /^last / { last[substr($0, 6)] = 1; next }
    {
      path = $0
      for (i = 1; i <= 5; i++) sub(/^[^ ]+ /, "", path)
      name = substr(path, 3)
      sub(/\\/.*/, "", name)
      if (name ~ /^\\./ || name ~ /\\.tmp$/ || name ~ /\\.partial$/) next
      bytes[name] += $2
      files[name]++
      if ($3 " " $4 > newest[name]) newest[name] = $3 " " $4
    }
    END {
      for (name in bytes) {
        if (bytes[name] == 0) continue
        key = sprintf("%.0f %d %s %s", bytes[name], files[name], newest[name], name)
        print "last " key
        if ((key in seen) || (mode != "all" && !(key in last))) continue
        print "seen " key
        printf "json %s {\\"path\\":%s,\\"bytes\\":%.0f,\\"at\\":%s}\\n", newest[name], quoted(name), bytes[name], at
      }
    }' >"$_dir/scan"
  if [ "$_mode" = all ] || job_alive; then
    # The last line is the newest: what goes on later goes on from it.
    sed -n 's/^json //p' "$_dir/scan" | LC_ALL=C sort | sed 's/^[^ ]* [^ ]* //' >>"$_dir/checkpoints.jsonl"
    sed -n 's/^seen //p' "$_dir/scan" >>"$_dir/checkpoints.seen"
    sed -n 's/^last //p' "$_dir/scan" >"$_dir/checkpoints.last"
  fi
}

# --- the verbs -------------------------------------------------------------------------------------------------------

stop() {
  observe
  while [ "$_state" = Running ] && [ -z "$_job_pid" ]; do
    pause
    observe
  done
  if job_alive && [ ! -e "$_dir/exit_code" ]; then
    request_stop "$_stop_reason" "$_grace"
    end_by 0
  fi
  while [ -d "$_dir" ] && [ ! -e "$_dir/ended" ]; do
    alive_in keeper || clear_away
    pause 0.1
  done
  print_status
}

remove() {
  observe
  case $_state in Running | Ending) die 75 "the unit $_unit is not over" ;; esac
  rm -f "$_claims/$_unit.claim"
  [ ! -d "$_dir" ] || { mv "$_dir" "$_units/.removed.$$" && rm -rf "$_units/.removed.$$"; }
}

list() {
  for _each in "$_units"/*/; do
    [ -d "$_each" ] || continue
    _each=\${_each%/}
    select_unit "\${_each##*/}"
    print_status
  done
}

number() {
  case $2 in '' | *[!0-9]* | 0?*) die 2 "$1 needs a whole number, not '$2'" ;; esac
}

main() {
  _self=$0
  case $_self in /*) ;; *) _self=$PWD/$_self ;; esac
  _units=\${RUNCTL_UNITS:-\${RUNCTL_MACHINE_DIR:-\${HOME:?}}/.runctl/units}
  case $_units in /*) ;; *) _units=$PWD/$_units ;; esac
  _claims=\${_units%/*}/claims _verb=\${1-} _umask=$(umask)
  unset RUNCTL_UNIT
  umask 077
  case $_verb in
    version) echo 1 && return ;;
    list) list && return ;;
    start | status | logs | samples | checkpoints | stop | extend | remove) ;;
    _keep | _job | _log | _watch | _probe | _sample) ;;
    *) die 2 "unknown verb '$_verb'" ;;
  esac
  case \${2-} in
    '' | *[!abcdefghijklmnopqrstuvwxyz0123456789-]*) die 2 "a unit is named with a-z, 0-9 and -, not '\${2-}'" ;;
  esac
  [ \${#2} -le 64 ] || die 2 "a unit's name has at most 64 characters"
  select_unit "$2"
  shift 2
  _workdir='' _job='{}' _deadline='' _time='' _grace=90 _log_cap=1073741824 _claim=all _probe='' _probe_interval=5
  _sample_interval=10 _from=0 _follow='' _stop_reason=stop
  while [ $# -gt 0 ]; do
    case $1 in
      --) shift && break ;;
      --follow) _follow=1 && shift && continue ;;
      --*) [ $# -ge 2 ] || die 2 "$1 needs a value" ;;
    esac
    case $1 in
      --deadline | --time | --grace | --log-cap | --probe-interval | --sample-interval | --from) number "$1" "$2" ;;
    esac
    case $1 in
      --workdir) _workdir=$2 ;;
      --job) _job=$2 ;;
      --deadline) _deadline=$2 ;;
      --time) _time=$2 ;;
      --grace) _grace=$2 ;;
      --log-cap) _log_cap=$2 ;;
      --claim) _claim=$2 ;;
      --probe) _probe=$2 ;;
      --probe-interval) _probe_interval=$2 ;;
      --sample-interval) _sample_interval=$2 ;;
      --from) _from=$2 ;;
      --reason) _stop_reason=$2 ;;
      --umask) _umask=$2 ;;
      *) die 2 "unknown option '$1'" ;;
    esac
    shift 2
  done
  case $_claim in all | none) ;; '' | *[!0-9,]* | ,* | *, | *,,*) die 2 "--claim takes all, none or indexes" ;; esac
  case $_stop_reason in stop | deadline | preempted) ;; *) die 2 "--reason takes stop, deadline or preempted" ;; esac
  case $_verb in
    start) start "$@" ;;
    stop) stop ;;
    remove) remove ;;
    status) print_status ;;
    logs) stream log ;;
    samples | checkpoints) stream "$_verb.jsonl" ;;
    extend)
      [ -n "$_deadline" ] || die 2 "extend needs --deadline"
      [ ! -d "$_dir" ] || set_deadline
      print_status
      ;;
    _keep) keep "$@" ;;
    _job) job "$@" ;;
    _log) log ;;
    _watch) watch ;;
    _probe) probe "$1" ;;
    _sample) sample "$1" ;;
  esac
}

# One line, read before anything runs: the file may be replaced under a running shell.
main "$@"; exit $?
`

/**
 * The first 16 hex digits of the script's SHA-256: two machines with the same digest run the same runner.
 *
 * @category scripts
 * @since 0.1.0
 */
export const digest: string = "f9ee3961199b10d2"
