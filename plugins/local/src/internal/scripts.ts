/**
 * What is asked of this computer, in POSIX `sh`.
 *
 * @since 0.1.0
 */

/** Linux shows every process with its environment in files. */
export const tableFromProc = String.raw`
table() {
  grep -lF "RUNCTL_MACHINE=$key," /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1,'
  cat /proc/[0-9]*/stat 2>/dev/null |
    sed -n 's/^\([0-9]*\) (.*) \([A-Za-z]\) \([0-9]*\) [0-9]* \([0-9]*\) .*/\1 \2 \3 \4/p'
}
`

/** macOS and the BSDs show it with the command line. */
export const tableFromPs = String.raw`
table() {
  { ps -axEww -o pid= -o command= 2>/dev/null || ps axeww -o pid= -o args=; } |
    awk -v mark="MACHINE=$key," 'index($0, " RUNCTL_" mark) { print $1 }'
  ps -A -o pid= -o stat= -o ppid= | awk '{ print $1, $2, $3, 0 }'
}
`

/**
 * Ends every process of the machine with the key `$1`: SIGTERM, and after `$2` tenths of a second SIGKILL.
 *
 * A process is the machine's when it carries its mark, descends from one that does, or is in a session that one of them
 * leads, and stays so when what showed it is gone. `table` prints the marked ones alone in a line, and
 * `PID STATE PARENT SESSION` for all.
 */
const endWith = String.raw`
alive() {
  { printf '%s\n' $pids; table; } | awk -v self=$$ '
    NF == 1 { ours[$1] = 1; next }
    NF == 4 && $2 !~ /^[ZX]/ { parent[$1] = $3; session[$1] = $4 }
    END {
      do {
        found = 0
        for (pid in parent)
          if (!(pid in ours) && ((parent[pid] in ours) || (session[pid] in ours))) found = ours[pid] = 1
      } while (found)
      for (pid in ours) if (pid in parent && pid != self) print pid
    }'
}
pids='' tenths=0
while pids=$(alive) && [ -n "$pids" ]; do
  if [ $tenths -ge 100 ]; then
    echo "these processes do not end:" $pids >&2
    exit 1
  fi
  if [ $tenths -eq 0 ]; then kill -TERM $pids; kill -CONT $pids; fi 2>/dev/null
  if [ $tenths -ge "$2" ]; then kill -KILL $pids; fi 2>/dev/null
  tenths=$((tenths + 1))
  sleep 0.1 2>/dev/null || sleep 1
done
`

/** Puts the script together for a way to see processes. */
export const endProcessesBy = (table: string): string => `key=$1\n${table}${endWith}`

/** Ends every process of a machine, wherever it runs. */
export const endProcesses = `key=$1
if [ -r /proc/self/stat ]; then
${tableFromProc}
else
${tableFromPs}
fi
${endWith}`

/** Removes the folders given, with what is write-protected in them. */
export const removeFolders = String.raw`
for folder; do
  find "$folder" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
  rm -rf -- "$folder" || exit 1
done
`

/** What this computer has, a word and a number in each line; `$1` is the folder whose disk counts. */
export const hardware = String.raw`
echo "vcpus $(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
if [ -r /proc/meminfo ]; then
  awk '/^MemTotal:/ { print "memoryKiB", $2 }' /proc/meminfo
else
  echo "memoryKiB $(($(sysctl -n hw.memsize) / 1024))"
fi
df -Pk "$1" | awk 'NR == 2 { print "diskKiB", $4 }'
`

/** NVIDIA GPUs: name and memory in MiB, a GPU in each line. */
export const nvidia = "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits"
