/**
 * The `sh` that changes a machine's host key.
 *
 * @since 0.1.0
 */

/**
 * `sh -c PROGRAM NAME VERB SHOWN OFFERED`, as root: `offer` makes a key beside the one whose public half is SHOWN,
 * `install` puts the one whose public half is OFFERED in its place; both print the offered key. Exit code 97 and a
 * sentence where this machine does not let it.
 *
 * Which sshd it is about, and where its configuration lies, is learned from the processes that this command came
 * through. A key is always a whole file: it appears, and takes the place of another, by being renamed. So whatever is cut
 * off, one of the two keys is there, and the same step done again goes on. That the public half beside a key is another's
 * for a moment does not disturb sshd: it goes by the private one.
 *
 * @category scripts
 * @since 0.1.0
 */
export const program = String.raw`
# shellcheck disable=SC2015 # whatever fails before "||", the machine keeps what it has
verb=$1 shown=$2 offered=$3
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
keep() { echo "$1" >&2; exit 97; }
public() { ssh-keygen -y -P '' -f "$1" 2>/dev/null </dev/null | cut -d ' ' -f 1,2; }

listener='' config='' pid=$$
while [ "$pid" -gt 1 ] && read -r stat <"/proc/$pid/stat" && read -r name <"/proc/$pid/comm"; do
  words=$(tr '\000' ' ' <"/proc/$pid/cmdline")
  case $name:$words in
    sshd*:*'[listener]'* | sshd*:/*) listener=$pid options=$words && break ;;
  esac
  # shellcheck disable=SC2086 # the fields after the name
  set -- ${"$"}{stat##*) }
  pid=$2
done 2>/dev/null
if [ -n "$listener" ]; then
  case $options in *' -f '*) config=${"$"}{options#*' -f '} config=${"$"}{config%% *} ;; esac
fi
sshd=$(readlink "/proc/${"$"}{listener:-0}/exe" 2>/dev/null)
[ -x "$sshd" ] || sshd=$(command -v sshd) || keep 'there is no sshd that can be asked where its keys lie'
[ -n "$config" ] || config=/etc/ssh/sshd_config
files=$("$sshd" -T -f "$config" -C user=root,host=localhost,addr=127.0.0.1 2>/dev/null | sed -n 's/^hostkey //p')

file='' is=''
while read -r each; do
  [ -f "$each" ] || continue
  case $(public "$each") in
    "$shown") file=$each is=shown && break ;;
    "$offered") file=$each is=offered ;;
  esac
done <<FILES
$files
FILES
[ -n "$file" ] || keep 'the host key that it shows is in none of the files that its sshd is known to read'
next=$file.runctl

case $verb in
  offer)
    if [ "$is" = shown ]; then
      offered=$(public "$next")
      if [ -z "$offered" ]; then
        rm -f "$next" "$next".*
        ssh-keygen -q -t ed25519 -N '' -C '' -f "$next.$$" </dev/null >&2 || keep 'it cannot make a host key'
        # Of two who make one at once, both offer the first.
        ln "$next.$$" "$next" 2>/dev/null
        rm -f "$next.$$" "$next.$$.pub"
        sync
        offered=$(public "$next")
      fi
    fi
    ;;
  install)
    if [ "$is" = shown ]; then
      [ "$(public "$next")" != "$offered" ] || mv -f "$next" "$file"
      [ "$(public "$file")" = "$offered" ] || keep 'it cannot replace its host key by the one that it had made'
    fi
    { printf '%s\n' "$offered" >"$file.pub.part" && chmod 644 "$file.pub.part" && mv -f "$file.pub.part" "$file.pub"; } ||
      keep 'it cannot write its public host key'
    while read -r each; do
      [ "$each" = "$file" ] || rm -f "$each" "$each.pub"
    done <<FILES
$files
FILES
    sync
    if [ -n "$listener" ]; then
      "$sshd" -t -f "$config" >&2 && kill -HUP "$listener" || keep 'its sshd does not take the new host key'
    fi
    ;;
esac
printf '%s\n' "$offered"
`
