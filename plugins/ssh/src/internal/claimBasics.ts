/**
 * What the scripts about claims share, in POSIX `sh`.
 *
 * **Details**  claims are files in a directory that everybody may write and nobody may tidy up for others: nothing in it
 * is followed, run or believed without a look at who owns it.
 *
 * @since 0.1.0
 */
import { endProcessesFunction, processTable, removeFolderFunction } from "@runctl/core/EndProcesses"

/**
 * How long a claim outlives its deadline while nobody knows of clocks on its machine: the grace and the hold of the last
 * job fit in. Whoever looks after a machine renews its claim for as long again.
 *
 * **Units**  seconds
 */
const graceSeconds = 21_600

/** How long a claim outlives the last moment at which its machine's clocks end that. **Units**  seconds */
const slackSeconds = 3600

/** How long a claim that is not held yet counts; what takes longer was killed in between. **Units**  seconds */
const wantingSeconds = 20

/** What every script begins with: `$1` is the claims' directory, `$2` a key, or nothing. */
export const prelude = `
LC_ALL=C PATH=\${PATH:-/usr/bin:/bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export LC_ALL PATH
cd / || exit 1
claims=$1 key=$2 grace=${graceSeconds} slack=${slackSeconds}
uid=$(id -u) now=$(date +%s) tab=$(printf '\\t')

fail() { echo "$1" >&2; exit 1; }
nap() { sleep 0.1 2>/dev/null || sleep 1; }
is_number() { case $1 in '' | *[!0-9]* | 0?* | ???????????*) return 1 ;; esac; }
is_key() { case $1 in *[!a-z0-9]*) return 1 ;; ????????????????????) ;; *) return 1 ;; esac; }
is_owner() { case $1 in *[!a-z0-9]*) return 1 ;; ????????) ;; *) return 1 ;; esac; }

# Sets attributes to the mode, links, number and name of the owner, and size of a file; follows no link.
look_at() {
  numbers=$(ls -ldn -- "$1" 2>/dev/null) && names=$(ls -ld -- "$1" 2>/dev/null) || return 1
  set -f
  set -- $numbers
  file_mode=$1 file_uid=$3 file_size=$5
  set -- $names
  file_user=$3
  set +f
}
is_folder_of() { [ -d "$2" ] && [ ! -L "$2" ] && look_at "$2" && [ "$file_uid" = "$1" ]; }

# Sets c_ variables to what a claim says; fails for everything that is not a whole and sane one.
read_claim() {
  c_key=\${1##*/}
  c_key=\${c_key%.claim}
  is_key "$c_key" && [ -f "$1" ] && [ ! -L "$1" ] && look_at "$1" || return 1
  is_number "$file_uid" && is_number "$file_size" && [ "$file_size" -le 8192 ] || return 1
  c_uid=$file_uid c_user=$file_user
  c_kind='' c_owner='' c_deadline='' c_since='' c_expiry='' c_host='' c_directory='' c_label='' c_state=wanting c_lines=0
  {
    while IFS= read -r c_line; do
      c_lines=$((c_lines + 1))
      [ $c_lines -le 20 ] || return 1
      case $c_line in
        *"$tab"*) return 1 ;;
        'runctl claim 1') c_kind=claim ;;
        'owner '*) c_owner=\${c_line#* } ;;
        'deadline '*) c_deadline=\${c_line#* } ;;
        'since '*) c_since=\${c_line#* } ;;
        'expiry '*) c_expiry=\${c_line#* } ;;
        'host '*) c_host=\${c_line#* } ;;
        'directory /'*) c_directory=\${c_line#* } ;;
        'label '*) c_label=\${c_line#* } ;;
      esac
    done <"$1"
  } 2>/dev/null || return 1
  [ "$c_kind" = claim ] && is_owner "$c_owner" || return 1
  is_number "$c_deadline" && is_number "$c_since" && is_number "$c_expiry" || return 1
  case $c_host in '' | *[!a-z0-9-]*) return 1 ;; esac
  if is_folder_of "$c_uid" "$claims/$c_key.held"; then c_state=held; fi
}

# Whether the process $1 that started at $2 in boot $3 lives: what the keeper of a machine's clocks says of itself.
lives() {
  [ $# -ge 3 ] && is_number "$1" || return 1
  if [ -r /proc/self/stat ]; then
    { read -r l_boot </proc/sys/kernel/random/boot_id && read -r l_stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    [ "$l_boot" = "$3" ] || return 1
    l_start=$2
    set -- \${l_stat##*) }
    case $1 in Z | X) return 1 ;; esac
    shift 19
    [ "$1" = "$l_start" ]
  else
    [ "$(ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' _ | sed 's/^_//; s/_$//')" = "$2" ]
  fi
}
# Whether the clocks of the machine whose claim was read run: they know of every extension and hold. Only of a machine of
# ours; where others have theirs we neither may look nor want to wait.
has_clocks() {
  [ "$c_uid" = "$uid" ] && is_folder_of "$uid" "$c_directory" &&
    h_keeper=$(readlink "$c_directory/.runctl/clocks/keeper" 2>/dev/null) || return 1
  set -f
  set -- $h_keeper
  set +f
  lives "$@"
}

# Whether the claim that was read counts; one that is kept beyond its expiry has that put off.
is_live() {
  if [ $c_state = held ]; then
    [ "$now" -ge "$c_expiry" ] || return 0
    has_clocks && c_expiry=$((now + slack))
  else
    [ $((now - c_since)) -lt ${wantingSeconds} ] && [ $((c_since - now)) -lt ${wantingSeconds} ]
  fi
}
is_mine() { read_claim "$claims/$key.claim" && [ "$c_uid" = "$uid" ]; }

# Says what was read, with $1 in front; only its own user is told where.
say_claim() {
  s_has=-
  if [ "$c_uid" = "$uid" ]; then
    s_directory=$c_directory
    if is_folder_of "$uid" "$s_directory"; then s_has=here; else s_has=gone; fi
  else
    s_directory=''
  fi
  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$1" "$c_state" "$c_key" "$c_owner" \\
    "$c_user" "$c_deadline" "$c_since" "$c_expiry" "$c_host" "$s_has" "$s_directory" "$c_label"
}

# Whether claims can lie there.
check_claims() {
  [ -d "$claims" ] && [ ! -L "$claims" ] && look_at "$claims" || return 1
  case $file_mode in d?w??w??wt*) ;; *) return 1 ;; esac
}
# Makes the directory; of two at once one waits until the other has opened it for all.
make_claims() {
  if [ ! -e "$claims" ] && [ ! -L "$claims" ]; then
    mkdir -p -- "\${claims%/*}" && (umask 0; mkdir -m 1777 -- "$claims") 2>/dev/null
  fi
  for m_try in 1 2 3 4 5 6 7 8 9 10; do
    if check_claims; then return 0; fi
    nap
  done
  return 1
}

# Writes the claim of $key in one step; $1 is what it says. An older one of ours is replaced.
write_claim() {
  draft=$claims/.$key.$$
  rm -f -- "$draft"
  (umask 022; set -C; printf '%s\\n' "$1" >"$draft") || { rm -f -- "$draft"; return 1; }
  if is_mine; then
    mv -f -- "$draft" "$claims/$key.claim"
  else
    ln -- "$draft" "$claims/$key.claim" 2>/dev/null
    rm -f -- "$draft"
  fi
}
text_of_claim() {
  printf '%s\\n' 'runctl claim 1' "owner $c_owner" "deadline $c_deadline" "since $c_since" "expiry $c_expiry" \\
    "host $c_host" "directory $c_directory" "label $c_label"
}
# Takes away the claim of $1, never one of another user.
drop_claim() {
  rmdir -- "$claims/$1.held" 2>/dev/null
  rm -f -- "$claims/$1.claim" "$claims/.$1."*
}
`

/** Ends and removes machines. */
export const removal = `${processTable}${endProcessesFunction}${removeFolderFunction}
# Removes the folder $2 of the machine $1: only when it is named like one, and ours.
remove_machine() {
  case $2 in
    */../* | */./* | *//*) return 0 ;;
    /*"/.runctl/machines/$1" | "/.runctl/machines/$1" | "/var/tmp/runctl-$uid/machines/$1") ;;
    *) return 0 ;;
  esac
  is_folder_of "$uid" "$2" || return 0
  remove_folder "$2" || return 1
  tidy_up "\${2%/*}"
}
# Takes what names the machine $1 out of what its user has run when the host starts.
forget_boot() {
  b_table=$(crontab -l 2>/dev/null </dev/null) || b_table=''
  case $b_table in
    *"/machines/$1"*)
      b_rest=$(printf '%s\\n' "$b_table" | grep -vF "/machines/$1")
      if [ -n "$b_rest" ]; then printf '%s\\n' "$b_rest" | crontab -; else crontab -r </dev/null; fi >/dev/null 2>&1
      ;;
  esac
  b_units=\${XDG_CONFIG_HOME:-\${HOME:-}/.config}/systemd/user
  for b_file in "$b_units"/runctl-*.service; do
    [ -f "$b_file" ] && grep -qF "/machines/$1" "$b_file" || continue
    XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$uid} systemctl --user disable "\${b_file##*/}" >/dev/null 2>&1
    rm -f -- "$b_file" "$b_units"/*.wants/"\${b_file##*/}"
  done
}
# Removes what was made to hold machines once it holds none.
tidy_up() {
  rmdir -- "$1" "\${1%/machines}" 2>/dev/null
  return 0
}
`

/** Sets `base` to where machines are kept: `$1`, or else the home directory. */
export const findBase = `
find_base() {
  base=$1
  case $base in
    '') base=\${HOME:-} ;;
    '~') base=\${HOME:-} ;;
    '~/'*) base=\${HOME:-}/\${base#'~/'} ;;
    /*) ;;
    *) base=\${HOME:-}/$base ;;
  esac
}
can_write_base() {
  case $base in /*) ;; *) return 1 ;; esac
  if [ -e "$base/.runctl/machines" ]; then [ -w "$base/.runctl/machines" ]
  elif [ -e "$base/.runctl" ]; then [ -w "$base/.runctl" ]
  else [ -d "$base" ] && [ -w "$base" ]; fi
}
`
