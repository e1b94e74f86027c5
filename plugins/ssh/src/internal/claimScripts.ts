/**
 * How hosts are claimed, looked at and released, in POSIX `sh`.
 *
 * @since 0.1.0
 */
import { renewal } from "@runctl/core/MachineClocks"
import { findBase, prelude, removal } from "./claimBasics.ts"

/** Where claims lie unless a host's settings say otherwise: the same for all users, and kept when a host restarts. */
export const claimsDirectory = "/var/tmp/runctl-claims"

/**
 * Says what there is: the folder that machines are kept in, and every claim that counts. `$3`: who asks; the claims of
 * this owner are renewed where no clocks do that. `$4`: the folder from the settings. With a key as `$2` only that claim is looked at.
 */
export const look = `${prelude}${findBase}
find_base "$4"
printf 'base\\t%s\\n' "$base"
printf 'time\\t%s\\n' "$now"
check_claims || exit 0
for each in "$claims"/\${key:-*}.claim; do
  read_claim "$each" || continue
  is_live || { [ $c_state = held ] && [ "$c_uid" = "$uid" ]; } || continue
  say_claim claim
  if [ $c_state = held ] && is_live && [ "$c_uid" = "$uid" ] && [ "$c_owner" = "$3" ] &&
    [ $((c_expiry - now)) -lt $((grace / 2)) ] && ! has_clocks; then
    (key=$c_key c_expiry=$((now + grace)); write_claim "$(text_of_claim)") 2>/dev/null
  fi
done
exit 0
`

/**
 * Claims the host for the key `$2`, and says `held` or who is in the way. `$3` owner, `$4` seconds that are left, `$5`
 * deadline, `$6` the host's name, `$7` the folder from the settings, `$8` label, `$9` what the machine's clocks run to
 * renew the claim.
 *
 * Whoever wants the host writes that down first and looks around then, so of two at least one sees the other. The one
 * with the smaller key waits, the other goes out of the way; it holds the host once a folder says so. What was frozen
 * in between looks once more, and withdraws when somebody else holds it.
 */
export const claim = `${prelude}${findBase}${removal}
owner=$3 left=$4 deadline=$5 host=$6 label=$8 renew=$9
# Whoever comes away without a claim removes folders that are empty, maybe these: then they are made again.
made() {
  m_tries=0
  until (umask 077; mkdir -p -- "$1") 2>/dev/null; do
    m_tries=$((m_tries + 1))
    [ "$m_tries" -lt 20 ] || { (umask 077; mkdir -p -- "$1"); return; }
  done
}
make_claims || fail "claims cannot lie in $claims: it is no directory that everybody may write, with the sticky bit"

find_base "$7"
if [ -n "$7" ]; then mkdir -p -- "$base" || exit 1; fi
if can_write_base; then
  machines=$base/.runctl/machines
elif [ -n "$7" ]; then
  fail "$base cannot be written"
else
  base=/var/tmp/runctl-$uid
  (umask 077; mkdir -- "$base") 2>/dev/null
  is_folder_of "$uid" "$base" || fail "the home directory cannot be written, and $base is not ours"
  chmod 700 "$base" || exit 1
  machines=$base/machines
fi
tries=0
until made "$machines" && physical=$(cd "$machines" 2>/dev/null && pwd -P); do
  tries=$((tries + 1))
  [ "$tries" -lt 20 ] || exit 1
done
machines=$physical
case $machines in *"$tab"* | *'
'*) fail "machines cannot be kept in a folder whose name has a tab or a line feed: $machines" ;; esac

# What was forgotten here, by us.
for each in "$claims"/*.claim; do
  read_claim "$each" && [ "$c_uid" = "$uid" ] && [ "$c_key" != "$key" ] && ! is_live || continue
  forgotten=$c_key forgotten_in=$c_directory
  if [ $c_state = held ]; then
    (end_processes "$forgotten" 20) >/dev/null 2>&1 || continue
    forget_boot "$forgotten"
    remove_machine "$forgotten" "$forgotten_in" 2>/dev/null || continue
  fi
  drop_claim "$forgotten"
done

# Sets found to what is in our way: held, sooner, later, or nothing; and c_ to it.
look_around() {
  found='' now=$(date +%s)
  for pass in 1 2; do
    for each in "$claims"/*.claim; do
      read_claim "$each" && [ "$c_key" != "$key" ] && is_live || continue
      if [ $c_state = held ]; then
        found=held holder=$(say_claim busy)
        return
      fi
      if expr "x$c_key" '<' "x$key" >/dev/null; then found=sooner holder=$(say_claim busy)
      elif [ "$found" = '' ]; then found=later holder=$(say_claim busy); fi
    done
  done
}
want() {
  if is_mine && [ $c_state = held ]; then return 0; fi
  c_owner=$owner c_deadline=$deadline c_since=$(date +%s) c_host=$host c_directory=$machines/$key c_label=$label
  c_expiry=$((c_since + left + grace))
  text=$(text_of_claim)
  write_claim "$text" && is_mine
}
in_time() { [ "$(date +%s)" -lt $give_up ]; }
give_up=$((now + 30)) is_held=no
# The same key again is the same machine.
if is_mine && [ $c_state = held ] && [ $((now - c_since)) -ge 60 ]; then is_held=yes; fi
while [ $is_held = no ]; do
  want || fail "the claim cannot be written to $claims"
  look_around
  while [ "$found" = later ] && in_time; do nap; look_around; done
  if [ "$found" = '' ]; then
    mkdir -- "$claims/$key.held" 2>/dev/null
    look_around
    if [ "$found" != held ] && is_mine && [ $c_state = held ]; then is_held=yes; break; fi
  fi
  drop_claim "$key"
  nap
  look_around
  while [ "$found" = sooner ] && in_time; do nap; look_around; done
  if [ "$found" = held ] || ! in_time; then
    tidy_up "$machines"
    printf '%s\\n' "$holder"
    exit 0
  fi
done

# A machine that is here already stays as it is.
leave_renewal() (
  umask 077
  file=$directory/${renewal}
  [ -e "$file" ] && return
  mkdir -p -- "\${file%/*}" && printf '%s\\n' "$renew" >"$file.$$" && mv -f -- "$file.$$" "$file"
)
directory=$c_directory
made "$directory" && is_folder_of "$uid" "$directory" && leave_renewal || {
  drop_claim "$key"
  tidy_up "$machines"
  fail "the machine's directory cannot be made: $directory"
}
is_mine && say_claim claim
`

/**
 * Makes the claim of `$2` last a while longer than the `$3` seconds for which the machine's clocks keep it at most. What
 * is said already, give or take five minutes, is not written again.
 */
export const renew = `${prelude}
case $3 in '' | *[!0-9]*) exit 1 ;; esac
is_mine && [ $c_state = held ] || exit 0
expiry=$((now + $3 + slack))
[ $expiry -le 9999999999 ] || expiry=9999999999
[ $((expiry - c_expiry)) -gt 300 ] || [ $((c_expiry - expiry)) -gt 300 ] || exit 0
c_expiry=$expiry
write_claim "$(text_of_claim)"
`

/** Where a machine's folder may lie, beside what its claim says: `$3` is the folder from the settings. */
const everywhere = `
find_base "$3"
for folder in "$base/.runctl/machines/$key" "\${HOME:-}/.runctl/machines/$key" "\${RUNCTL_MACHINE_DIR:-}" \\
  "/var/tmp/runctl-$uid/machines/$key"; do
  remove_machine "$key" "$folder" || fail "not everything in $folder can be removed"
done
`

/**
 * Ends what the machine `$2` runs, removes its folder, then its claim, and says `released` when there was one; says
 * `foreign` when another user has it.
 */
export const release = `${prelude}${findBase}${removal}
is_key "$key" || exit 0
if read_claim "$claims/$key.claim" && [ "$c_uid" != "$uid" ]; then
  say_claim foreign
  exit 0
fi
(end_processes "$key" 20) || exit 1
forget_boot "$key"
was_here=no
if is_mine; then
  was_here=yes
  remove_machine "$key" "$c_directory" || fail "not everything in $c_directory can be removed"
fi
${everywhere}
# The sign that it is held goes first: what is left without it counts for nothing.
drop_claim "$key"
if look_at "$claims/$key.claim" && [ "$file_uid" = "$uid" ]; then fail "the claim cannot be removed from $claims"; fi
[ $was_here = no ] || echo released
exit 0
`
