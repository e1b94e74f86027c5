#!/bin/sh
# runctl clocks, protocol 1: ends a machine that nobody else ends, with its own end action.
#
#   arm --deadline EPOCH --left S [--grace S (90)] [--hold S] [--orphan S] [--end-action FILE|-]
#       Repeating it changes grace, hold and end action; a deadline that is set moves by `extend` alone. `-`: standard
#       input. With --orphan it is the machine itself that arms, at boot: no contact.
#   extend --deadline EPOCH --left S   moves the deadline, both ways; exits 75 once the machine is being ended
#   status                             {"armed","deadline","left","grace","hold","holdLeft","orphanLeft","ending",
#                                      "keeper","survivesReboot","by"} in one line, after waking a keeper that is gone
#   run                                wakes the keeper: what the machine does at boot
#   disarm · version
#
# Exit codes: 0 done · 1 not armed, or it could not be done · 2 usage · 75 refused.
#
# The clocks. deadline: the units are stopped through the job runner. hold: counts while no unit lives, from the end of
# the last one, and begins anew with the next. The end action follows when no unit lives and the hold is over, or
# there is none to wait for and the deadline is. orphan: the end action follows unless a client made contact in time.
#
# Whoever rents the machine out may leave `.runctl/renew.sh` in its folder. For as long as a keeper lives it is run with
# the seconds after which the machine ends at the latest: after every change of those, and at least once a minute.
#
# Time. EPOCH is the caller's and only told back: what counts are the seconds left, down from then on by /proc/uptime
# (suspended time counts, a jump of the wall clock does not). A container has its system's uptime; its boot is the start
# of its first process. Without it a keeper counts the wall clock's seconds, and
# for a step that no sleep explains those that it slept. At least once a minute is written down what is left. What has
# passed in another boot since then is at least the time since boot, and else what the wall clock says, both by itself
# and by the caller's time if it was wrong then: the smaller counts, and neither before the clock has had two minutes
# to be set after boot. So nothing ever ends later than what was left plus the time a machine was off, and a clock that
# is wrong, or set right meanwhile, ends nothing early.
#
# Files in ${RUNCTL_MACHINE_DIR:-~}/.runctl/clocks (0700, files 0600):
#   armed (id deadline era clock wall left grace hold|- orphan|-)   mark (id era clock wall caller's-time left hold|- orphan|-)
#   end-action  script  contact  seen (ended units)  ending (why)  acting (number start boot)  survival  log
#   keeper, lock: symbolic links that name their process: number start boot [script]
# shellcheck disable=SC2015,SC2317,SC2329 # `A && B || C`: C may follow either; functions are also called by name
set -u

_nl='
'
_setsid=$(command -v setsid) || _setsid=
{ read -r _boot </proc/sys/kernel/random/boot_id; } 2>/dev/null ||
  _boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null || sysctl -n kern.boottime 2>/dev/null | tr -cd 0-9)
_boot=${_boot:-none}
# An era is what one count of seconds holds for: a boot, or without an uptime the life of a keeper.
_era=$_boot _own_count=''
[ -r /proc/uptime ] || _era="$_boot.$$" _own_count=1
_virtual=0 _last='' _settling=120 _keeping='' _adopted='' _adopted_at=''

die() {
  printf 'runctl: %s\n' "$2" >&2
  exit "$1"
}

pause() { sleep "${1:-0.2}" 2>/dev/null || sleep 1; }

whole() { case ${1:-x} in *[!0-9]*) return 1 ;; esac }

wall() { _wall=$(date +%s); }

# When the first process began, in seconds of /proc/uptime: a container's boot is later than that of its system.
first_began() {
  _began=0
  { read -r _stat </proc/1/stat; } 2>/dev/null || return 0
  # shellcheck disable=SC2086 # the fields after the name
  set -- ${_stat##*) }
  [ $# -ge 20 ] || return 0
  shift 19
  ! whole "$1" || _began=$(($1 / 100))
}

# Seconds that no wall clock can jump (_now), and how many of them may be since boot (_up).
clock() {
  if { read -r _now _ </proc/uptime; } 2>/dev/null; then
    _now=${_now%%.*}
    [ -n "${_began:-}" ] || first_began
    _up=$((_now - _began))
    [ "$_up" -ge 0 ] || _up=$_now
  else
    wall
    _step=$((_wall - ${_last:-$_wall}))
    # What no sleep of ours explains is a jump.
    if [ $_step -lt 0 ] || [ $_step -gt 30 ]; then _step=1; fi
    _last=$_wall _virtual=$((_virtual + _step)) _now=$_virtual _up=$_virtual
  fi
}

size() {
  # shellcheck disable=SC2046,SC2012 # the fields of one `ls -n` line
  set -- $(ls -lndL "$1" 2>/dev/null)
  case ${5:-,} in *[!0-9]*) _size=0 ;; *) _size=$5 ;; esac
}

# Writes a state file whole or not at all.
put() {
  { printf '%s\n' "$2" >"$_clocks/$1.$$" && mv -f "$_clocks/$1.$$" "$_clocks/$1"; } 2>/dev/null && return 0
  rm -f "$_clocks/$1.$$" 2>/dev/null
  return 1
}

note() {
  [ -d "$_clocks" ] || return 0
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" 2>/dev/null >>"$_clocks/log"
  bound_log
}

bound_log() {
  size "$_clocks/log"
  [ "$_size" -gt 65536 ] || return 0
  # In place: whoever is writing goes on at the end of what is left.
  _kept=$(tail -c 16384 "$_clocks/log")
  printf '%s\n' "$_kept" 2>/dev/null >"$_clocks/log"
}

# Runs its arguments in a session, or at least a process group, of their own (call it with `&`).
spawn() {
  [ -z "$_setsid" ] || exec "$_setsid" "$@"
  trap '' HUP
  exec "$@"
}

# --- processes: as the job runner knows them -------------------------------------------------------------------------

started_of() {
  if [ -r /proc/self/stat ]; then
    { read -r _stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    case $_stat in *') '*) ;; *) _stat=$(cat "/proc/$1/stat" 2>/dev/null) ;; esac
    # shellcheck disable=SC2086 # the fields after the name
    set -- ${_stat##*) }
    case $1 in Z | X) return 1 ;; esac
    shift 19
    _start=$1
  else
    # shellcheck disable=SC2046 # fields
    set -- $(LC_ALL=C ps -o stat= -o lstart= -p "$1" 2>/dev/null)
    case ${1:-Z} in Z*) return 1 ;; esac
    shift
    _start=$(printf %s "$*" | tr ' ' _)
  fi
}

identify() { started_of "$1" && printf '%s %s %s\n' "$1" "$_start" "$_boot"; }

alive() { [ $# -ge 3 ] && [ "$3" = "$_boot" ] && started_of "$1" && [ "$_start" = "$2" ]; }

alive_in() {
  _identity=
  { read -r _identity <"$1"; } 2>/dev/null
  # shellcheck disable=SC2086 # fields
  alive $_identity
}

end_group() { kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null; }

# Makes the link $1 name this process as $2, once whoever it names is dead; until then does $3, which may give up.
claim() {
  _absent=0
  until ln -s "$2" "$1" 2>/dev/null; do
    if ! _holder=$(readlink "$1"); then
      # Nobody has it, and it cannot be made: no such folder, a full disk, a file system to read from only.
      _absent=$((_absent + 1))
      [ $_absent -le 3 ] || return 1
      pause 0.1
      continue
    fi
    # shellcheck disable=SC2086 # fields
    if alive $_holder; then
      "$3" || return 1
    elif mkdir "$1.${_holder%% *}" 2>/dev/null; then
      # Only one may break a dead link, and only while it is still that one.
      [ "$(readlink "$1")" != "$_holder" ] || rm -f "$1"
      rmdir "$1.${_holder%% *}"
    else
      be_patient || return 1
    fi
  done
}

be_patient() {
  _tries=$((${_tries:-0} + 1))
  pause 0.1
  [ "$_tries" -le 150 ]
}

lock() {
  _tries=0
  claim "$_clocks/lock" "$(identify $$)" be_patient || die 1 "the clocks in $_clocks are locked, or cannot be written"
}

unlock() { rm -f "$_clocks/lock"; }

# --- what is left ----------------------------------------------------------------------------------------------------

load() {
  _id='' _deadline='' _grace=90 _hold=- _orphan=-
  { read -r _id _deadline _era0 _clock0 _wall0 _left0 _grace _hold _orphan <"$_clocks/armed"; } 2>/dev/null &&
    whole "$_deadline" && whole "$_clock0" && whole "$_wall0" && whole "$_left0"
}

# The seconds since somebody wrote down era $1, clock $2, wall clock $3 and the caller's time $4.
since() {
  if [ "$1" = "$_era" ] && [ "$_now" -ge "$2" ]; then
    _elapsed=$((_now - $2))
    return
  fi
  wall
  _elapsed=$((_wall - $3))
  [ $((_wall - $4)) -ge $_elapsed ] || _elapsed=$((_wall - $4))
  [ "$_elapsed" -ge "$_up" ] || _elapsed=$_up
  if [ "$_up" -lt "$_settling" ]; then
    _elapsed=$_up _settled=
  elif [ -n "$_own_count" ] && [ -z "$_keeping" ] && [ "$_elapsed" -gt 60 ] && keeper_lives; then
    # The keeper counts in an era of its own, and wrote this down at most a minute ago.
    _elapsed=60
  fi
}

# Everything that is left at this moment: _left, and _held and _alone where they count. Fails when nothing is armed.
recall() {
  load || return 1
  clock
  _settled=1 _held=- _alone=$_orphan
  if [ -n "$_own_count" ] && [ -n "$_keeping" ] && [ "$_id" != "$_adopted" ]; then
    # What was told while we count is counted from now.
    [ -z "$_adopted" ] || _adopted_at=$_now
    _adopted=$_id
  fi
  if [ -n "$_adopted_at" ]; then
    _elapsed=$((_now - _adopted_at))
  else
    since "$_era0" "$_clock0" "$_wall0" $((_deadline - _left0))
  fi
  _left=$((_left0 - _elapsed))
  ! whole "$_alone" || _alone=$((_alone - _elapsed))
  if { read -r _mark_id _era1 _clock1 _wall1 _caller1 _left1 _held1 _alone1 <"$_clocks/mark"; } 2>/dev/null &&
    whole "$_clock1" && whole "$_wall1" && whole "$_left1"; then
    since "$_era1" "$_clock1" "$_wall1" "$_caller1"
    if [ "$_mark_id" = "$_id" ]; then _left=$((_left1 - _elapsed)); fi
    _held=$_held1 _alone=$_alone1
    ! whole "$_held" || _held=$((_held - _elapsed))
    ! whole "$_alone" || _alone=$((_alone - _elapsed))
  fi
  if [ "$_hold" = - ]; then _held=-; fi
  if [ -e "$_clocks/contact" ]; then _alone=-; fi
}

# Writes down what is left; until the wall clock can be believed, what was written before the boot stays.
save() {
  [ -n "$_settled" ] || return 1
  wall
  _floor=$_left
  [ "$_floor" -ge 0 ] || _floor=0
  put mark "$_id $_era $_now $_wall $((_deadline - _left)) $_floor $_held $_alone" && _saved=$_now _hold_from=''
}

or_null() { if whole "$1"; then printf %s "$1"; else printf null; fi; }

at_least_zero() { case $1 in -[0-9]*) printf 0 ;; *) or_null "$1" ;; esac }

print_status() {
  # Somebody else counts here: a keeper's own era is not ours, and nothing has to settle to be shown.
  _settling=0
  if ! recall; then
    echo '{"armed":false}'
    return
  fi
  _ending=null _keeper=false _survives=false _by=null
  { read -r _ending <"$_clocks/ending"; } 2>/dev/null && _ending="\"$_ending\""
  ! keeper_lives || _keeper=true
  { read -r _means <"$_clocks/survival"; } 2>/dev/null || _means=none
  case $_means in
    crontab | systemd)
      _by="\"$_means\""
      ! "${_means}_works" || _survives=true
      ;;
  esac
  printf '{"armed":true,"deadline":%s,"left":%s,"grace":%s,"hold":%s,"holdLeft":%s,"orphanLeft":%s,' \
    "$_deadline" "$(at_least_zero "$_left")" "$_grace" "$(or_null "$_hold")" "$(at_least_zero "$_held")" \
    "$(at_least_zero "$_alone")"
  printf '"ending":%s,"keeper":%s,"survivesReboot":%s,"by":%s}\n' "$_ending" "$_keeper" "$_survives" "$_by"
}

# --- the verbs of a client -------------------------------------------------------------------------------------------

# The line of a deadline that was just told; the id tells the keeper that what it knows is no longer so.
write_armed() {
  clock
  wall
  _told=$$.$_now.$_wall
  put armed "$_told $1 $_era $_now $_wall $2 $_grace $_hold $_orphan" || return 1
  sync "$_clocks/armed" 2>/dev/null || :
}

arm() {
  whole "$_new_deadline" && whole "$_new_left" || die 2 "arm needs --deadline and --left"
  mkdir -p "$_clocks" && chmod 700 "$_clocks" || die 1 "cannot make $_clocks"
  case $_new_action in
    '') [ -e "$_clocks/end-action" ] || die 2 "arm needs --end-action" ;;
    -) _action=$(cat) ;;
    *) _action=$(cat "$_new_action") || die 2 "cannot read $_new_action" ;;
  esac
  [ -z "$_new_action" ] || [ -n "$_action" ] || die 2 "the end action is empty"
  lock
  _is_armed=
  ! recall || _is_armed=1
  # The same deadline told again sets right how we count.
  if [ -n "$_is_armed" ] && [ "$_deadline" != "$_new_deadline" ]; then
    _new_deadline=$_deadline _new_left=$(at_least_zero "$_left")
  fi
  _grace=$_new_grace _hold=${_new_hold:--} _orphan=-
  if [ -n "$_new_orphan" ]; then
    clock
    _orphan=$((_new_orphan - _up))
    [ "$_orphan" -ge 0 ] || _orphan=0
  fi
  if [ -e "$_clocks/ending" ] || { [ -n "$_is_armed" ] && [ -n "$_new_orphan" ]; }; then
    # Every boot arms again: what a client has said since then stays.
    unlock
    wake '' ''
  else
    { [ -z "$_new_action" ] || put end-action "$_action"; } && put script "$_self" &&
      { [ -n "$_new_orphan" ] || contact; } && write_armed "$_new_deadline" "$_new_left" ||
      { unlock && die 1 "cannot write to $_clocks"; }
    survive
    unlock
    wake "${_self##*/}" "$_told"
  fi
  print_status
}

contact() { [ -e "$_clocks/contact" ] || put contact contact; }

extend() {
  whole "$_new_deadline" && whole "$_new_left" || die 2 "extend needs --deadline and --left"
  [ -d "$_clocks" ] || die 1 "nothing is armed"
  lock
  load || { unlock && die 1 "nothing is armed"; }
  if [ -e "$_clocks/ending" ]; then
    unlock
    print_status
    exit 75
  fi
  contact
  write_armed "$_new_deadline" "$_new_left" || { unlock && die 1 "cannot write to $_clocks"; }
  unlock
  wake '' "$_told"
  print_status
}

disarm() {
  if [ -d "$_clocks" ]; then
    lock
    rm -f "$_clocks/armed"
    forget_survival
    # shellcheck disable=SC2086 # fields
    while keeper_lives && [ ! -e "$_clocks/ending" ] && be_patient; do kill "-TERM" "${_who%% *}" 2>/dev/null; done
    rm -rf "$_clocks"
  fi
  echo '{"armed":false}'
}

keeper_lives() {
  _who=$(readlink "$_clocks/keeper" 2>/dev/null) || return 1
  # shellcheck disable=SC2086 # fields
  alive $_who
}

# Starts a keeper unless one lives: with $1, of that script; $2 is the id of what was armed this very moment.
wake() {
  [ -e "$_clocks/armed" ] || return 0
  if keeper_lives && { [ -z "$1" ] || [ "${_who##* }" = "$1" ]; }; then return; fi
  [ -n "$_setsid" ] || set -m 2>/dev/null
  load || return 0
  spawn sh "$_self" _keep "$2" </dev/null >/dev/null 2>&1 &
  _tries=0
  until { keeper_lives && { [ -z "$1" ] || [ "${_who##* }" = "$1" ]; }; } || [ $_tries -ge 50 ]; do be_patient; done
}

# --- surviving a reboot without root ---------------------------------------------------------------------------------

survive() {
  _means=none
  case $_machine in *"$_nl"*) ;; *) if crontab_add; then _means='crontab'; elif systemd_add; then _means=systemd; fi ;; esac
  put survival "$_means"
}

forget_survival() {
  crontab_remove
  systemd_remove
}

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# Puts the user's crontab without our line into _rest, to the byte; fails when it cannot be read.
crontab_read() {
  command -v crontab >/dev/null 2>&1 || return 1
  _table=$(crontab -l 2>/dev/null </dev/null; printf 'x%s' $?)
  _code=${_table##*x} _table=${_table%x*}
  if [ "$_code" != 0 ]; then
    # Whatever else went wrong, the table may be there: writing would remove it.
    case $(LC_ALL=C crontab -l 2>&1 </dev/null) in *[Nn]'o crontab'* | *[Nn]'o such file'*) _table='' ;; *) return 1 ;; esac
  fi
  # A percent sign is a new line to cron.
  _name=$(printf %s "$_machine" | sed 's/%/\\%/g')
  _rest='' _unread=$_table
  while [ -n "$_unread" ]; do
    case $_unread in
      *"$_nl"*) _line=${_unread%%"$_nl"*}$_nl _unread=${_unread#*"$_nl"} ;;
      *) _line=$_unread _unread='' ;;
    esac
    case $_line in *" # runctl clocks of $_name" | *" # runctl clocks of $_name$_nl") ;; *) _rest=$_rest$_line ;; esac
  done
}

# The user's crontab has no lock; machines of ours at least do not meet.
crontab_lock() {
  _tries=0 _table_lock=${HOME:-/nonexistent}/.runctl-crontab.lock
  claim "$_table_lock" "$(identify $$)" be_patient || _table_lock=
}

crontab_unlock() { [ -z "$_table_lock" ] || rm -f "$_table_lock"; }

# Bytes are bytes here, whatever the locale.
crontab_add() (
  LC_ALL=C
  crontab_lock
  trap crontab_unlock EXIT
  crontab_read || exit 1
  _ours=$(printf '@reboot RUNCTL_MACHINE_DIR=%s /bin/sh %s run >/dev/null 2>&1' "$(quoted "$_machine")" \
    "$(quoted "$_self")" | sed 's/%/\\%/g')
  # First, so that nothing the user sets in between changes how it is run.
  _wanted="$_ours # runctl clocks of $_name$_nl$_rest"
  [ "$_table" = "$_wanted" ] || printf %s "$_wanted" | crontab - >/dev/null 2>&1
)

crontab_remove() (
  LC_ALL=C
  crontab_lock
  trap crontab_unlock EXIT
  crontab_read && [ "$_table" != "$_rest" ] || exit 0
  if [ -n "$_rest" ]; then printf %s "$_rest" | crontab - >/dev/null 2>&1; else crontab -r >/dev/null 2>&1 </dev/null; fi
)

crontab_works() {
  if [ -r /proc/self/comm ]; then
    grep -qxE 'crond?|anacron|bcron.*|fcron' /proc/[0-9]*/comm 2>/dev/null
  else
    # shellcheck disable=SC2009 # where there is no /proc there may be no pgrep
    ps -A -o comm= 2>/dev/null | grep -qE '(^|/)(cron|crond|fcron)$'
  fi
}

systemd_unit() {
  _unit=runctl-clocks-$(printf %s "$_machine" | cksum | tr -d ' ').service
  _unit_file=${XDG_CONFIG_HOME:-${HOME:-/nonexistent}/.config}/systemd/user/$_unit
  export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
}

# Only with linger does the user's systemd begin at boot.
systemd_works() {
  command -v systemctl >/dev/null 2>&1 || return 1
  case $(loginctl show-user "$(id -un)" -p Linger 2>/dev/null) in *yes) ;; *) return 1 ;; esac
}

systemd_add() {
  systemd_works || return 1
  case $_self$_machine in *[!a-zA-Z0-9/._-]*) return 1 ;; esac
  systemd_unit
  mkdir -p "${_unit_file%/*}" && printf '%s\n' '[Unit]' "Description=runctl clocks of $_machine" '[Service]' \
    'Type=oneshot' 'RemainAfterExit=yes' 'KillMode=process' "Environment=RUNCTL_MACHINE_DIR=$_machine" \
    "ExecStart=/bin/sh $_self run" '[Install]' 'WantedBy=default.target' 2>/dev/null >"$_unit_file" &&
    systemctl --user daemon-reload >/dev/null 2>&1 && systemctl --user enable "$_unit" >/dev/null 2>&1
}

systemd_remove() {
  command -v systemctl >/dev/null 2>&1 || return 0
  systemd_unit
  [ -e "$_unit_file" ] || return 0
  systemctl --user disable "$_unit" >/dev/null 2>&1
  rm -f "$_unit_file"
}

# --- the keeper ------------------------------------------------------------------------------------------------------

keep() {
  cd /
  trap '' HUP INT
  _keeping=1 _leaving='' _saved='' _known='' _renewed='' _renewed_for='' _renewing='' _ordered='' _next_order=0 _tries=0 _action='' _action_of='' _seen='' _hold_from='' _had_living=''
  if [ -n "$_own_count" ] && [ -n "$1" ]; then
    clock
    _adopted=$1 _adopted_at=$_now
  fi
  trap '_leaving=1' TERM
  _me="$(identify $$) ${_self##*/}"
  claim "$_clocks/keeper" "$_me" replace || exit 0
  [ -n "$_setsid" ] || set -m 2>/dev/null
  { read -r _seen <"$_clocks/seen"; } 2>/dev/null
  while is_ours; do
    remember_action
    if [ -e "$_clocks/ending" ]; then act; fi
    [ -z "$_leaving" ] || break
    tick
    sleep 1
  done
  leave
}

# Another version makes room; the same one is enough.
replace() {
  [ "${_holder##* }" != "${_self##*/}" ] || return 1
  kill -TERM "${_holder%% *}" 2>/dev/null
  be_patient
}

# Nobody who clears the disk, or fills it, takes the end action away.
remember_action() {
  load && [ "$_id" != "$_action_of" ] && [ -r "$_clocks/end-action" ] || return 0
  _action=$(cat "$_clocks/end-action")
  _action_of=$_id
}

is_ours() { [ "$(readlink "$_clocks/keeper" 2>/dev/null)" = "$_me" ] && [ -e "$_clocks/armed" ]; }

# A machine directory that is gone was released: nothing of ours stays behind.
leave() {
  [ -e "$_clocks/armed" ] || forget_survival
  [ "$(readlink "$_clocks/keeper" 2>/dev/null)" != "$_me" ] || rm -f "$_clocks/keeper"
  exit 0
}

tick() {
  recall || return 0
  look
  if [ -n "$_living" ] && [ "$_left" -le 0 ]; then stop_units; fi
  if [ "$_hold" = - ] || [ -n "$_living" ] || [ -z "$_seen" ]; then
    _held=- _had_living=$_living _hold_from=''
  else
    # What is written down may be older than what was seen: a disk may be full, a wall clock not to be believed yet.
    if [ -n "$_fresh$_had_living" ] || [ "$_held$_hold_from" = - ]; then _hold_from=$_now; fi
    [ -z "$_hold_from" ] || _held=$((_hold - _now + _hold_from))
    _had_living=''
  fi
  # Written down when a clock begins or stops to count, and once in a while.
  _state="$_id ${_alone%%[0-9]*}:${_held%%[0-9]*}"
  if [ "$_state" != "$_known" ] || [ -n "$_fresh" ] || [ -z "$_saved" ] || [ $((_now - _saved)) -ge 50 ]; then
    save && _known=$_state
  fi
  # What the wall clock says is told to others only once it can be believed.
  if [ -n "$_settled" ] && { [ "$_state" != "$_renewed_for" ] || [ $((_now - _renewed)) -ge 50 ]; }; then
    longest
    renew "$_longest" && _renewed_for=$_state _renewed=$_now
  fi
  decide
}

# How many seconds it takes at most until the end action, if nobody changes anything.
longest() {
  if [ "$_held" = - ]; then
    _longest=$(($(at_least_zero "$_left") + _grace))
    ! whole "$_hold" || _longest=$((_longest + _hold))
  else
    _longest=$(at_least_zero "$_held")
  fi
}

# Says that the machine is kept for $1 seconds more; nothing waits for that, and one at a time is enough.
renew() {
  [ -f "$_machine/.runctl/renew.sh" ] || return 0
  # shellcheck disable=SC2086 # fields
  ! alive $_renewing || return 1
  spawn sh "$_machine/.runctl/renew.sh" "$1" </dev/null >/dev/null 2>&1 &
  _renewing=$(identify $!) || :
}

decide() {
  case $_alone in -?*) _why=orphan && begin && return ;; esac
  [ "$_alone" != 0 ] || { _why=orphan && begin && return; }
  [ -z "$_living" ] || return 0
  if whole "$_held" && [ "$_held" -gt 0 ]; then return; fi
  if [ "$_left" -le 0 ]; then
    _why=deadline && begin
  elif [ "$_held" != - ]; then
    _why=hold && begin
  fi
}

begin() {
  note "the machine is ended: $_why"
  put ending "$_why" || :
  act
}

# Which units live (_living), and whether one has ended that nobody had seen end (_fresh).
look() {
  _living='' _fresh=''
  for _each in "$_units"/*/; do
    [ -d "$_each" ] || continue
    _each=${_each%/}
    if [ ! -e "$_each/ended" ] && { alive_in "$_each/keeper" || alive_in "$_each/pid" || alive_in "$_each/starter"; }; then
      _living="$_living ${_each##*/}"
    else
      case " $_seen " in *" ${_each##*/} "*) ;; *) _seen="$_seen ${_each##*/}" _fresh=1 ;; esac
    fi
  done
  [ -z "$_fresh" ] || put seen "$_seen" || :
  [ "$_left" -le 0 ] || _ordered=
  # A unit that cannot be killed does not keep a machine for ever.
  if [ -n "$_ordered" ] && [ $((_now - _ordered)) -ge $((_grace + 60)) ]; then _living=; fi
}

stop_units() {
  [ "$_now" -ge "$_next_order" ] || return 0
  _ordered=${_ordered:-$_now} _next_order=$((_now + 30))
  # shellcheck disable=SC2012 # names of ours
  _runner=$(ls -t "${_clocks%/*}"/runner-*.sh 2>/dev/null | sed -n 1p)
  note "the deadline has passed: stopping$_living"
  for _each in $_living; do
    spawn sh "$_runner" stop "$_each" --grace "$_grace" --reason deadline </dev/null >/dev/null 2>&1 &
  done
}

# Runs the end action until the machine, or at least our directory, is gone.
act() {
  _between=5
  while [ -e "$_clocks/armed" ] && is_ours; do
    # One that a keeper before us began is let finish.
    if alive_in "$_clocks/acting"; then
      sleep 1
      continue
    fi
    run_action
    if [ $_code = 0 ]; then
      note "the end action is done"
      _between=300
    else
      note "the end action failed with exit code $_code; again in $_between s"
    fi
    # What is still there is still kept.
    ! is_ours || renew 0
    _slept=0
    while [ $_slept -lt $_between ] && is_ours; do
      sleep 1
      _slept=$((_slept + 1))
    done
    _between=$((_between * 2))
    [ $_between -le 300 ] || _between=300
  done
  leave
}

# What it says goes to the log; it must not be seen among the processes, where a secret in it would be.
run_action() {
  note "running the end action"
  _log=$_clocks/log
  { : >>"$_log"; } 2>/dev/null || _log=/dev/null
  # It gets to know what to do only once that it does is written down: another keeper would do it again, and what is
  # written while it removes this folder would stay.
  rm -f "$_clocks/acting"
  # shellcheck disable=SC2016 # the action's own shell expands it
  { _waited=0
    until [ -e "$_clocks/acting" ] || [ $_waited -ge 20 ]; do
      kill -0 $$ 2>/dev/null || exit
      pause 0.1
      _waited=$((_waited + 1))
    done
    printf '%s\n' "$_action"
  } |
    spawn sh -c '_action=$(cat); exec </dev/null; cd "$RUNCTL_MACHINE_DIR"; eval "$_action"' >>"$_log" 2>&1 &
  _child=$!
  put acting "$(identify $_child)" || :
  clock
  _until=$((_now + 600))
  while kill -0 $_child 2>/dev/null; do
    clock
    [ "$_now" -lt $_until ] || end_group KILL $_child
    bound_log
    pause 0.5
  done
  wait $_child
  _code=$?
}

main() {
  _self=$0
  case $_self in /*) ;; *) _self=$PWD/$_self ;; esac
  _machine=${RUNCTL_MACHINE_DIR:-${HOME:?}}
  case $_machine in /*) ;; *) _machine=$PWD/$_machine ;; esac
  export RUNCTL_MACHINE_DIR="$_machine"
  _clocks=$_machine/.runctl/clocks _units=${RUNCTL_UNITS:-$_machine/.runctl/units}
  unset RUNCTL_UNIT
  umask 077
  _verb=${1-}
  [ $# = 0 ] || shift
  if [ "$_verb" = _keep ]; then
    keep "${1-}"
    return
  fi
  _new_deadline='' _new_left='' _new_grace=90 _new_hold='' _new_orphan='' _new_action=''
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die 2 "$1 needs a value"
    case $1 in
      --end-action) ;;
      *) case $2 in '' | *[!0-9]* | 0?* | ???????????*) die 2 "$1 needs a whole number, not '$2'" ;; esac ;;
    esac
    case $1 in
      --deadline) _new_deadline=$2 ;;
      --left) _new_left=$2 ;;
      --grace) _new_grace=$2 ;;
      --hold) _new_hold=$2 ;;
      --orphan) _new_orphan=$2 ;;
      --end-action) _new_action=$2 ;;
      *) die 2 "unknown option '$1'" ;;
    esac
    shift 2
  done
  case $_verb in
    arm) arm ;;
    extend) extend ;;
    status)
      if [ -e "$_clocks/armed" ]; then
        contact
        wake '' ''
      fi
      print_status
      ;;
    run) wake '' '' ;;
    disarm) disarm ;;
    version) echo 1 ;;
    *) die 2 "unknown verb '$_verb'" ;;
  esac
}

# One line, read before anything runs: the end action may remove this file.
main "$@"; exit $?
