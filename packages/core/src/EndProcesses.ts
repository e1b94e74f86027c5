/**
 * How the processes of a machine that shares its computer with others are found and ended, in POSIX `sh`.
 *
 * @since 0.1.0
 */

/** Linux shows every process with its environment in files. @category scripts @since 0.1.0 */
export const tableFromProc: string = String.raw`
table() {
  grep -lF "RUNCTL_MACHINE=$key," /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1,'
  cat /proc/[0-9]*/stat 2>/dev/null |
    sed -n 's/^\([0-9]*\) (.*) \([A-Za-z]\) \([0-9]*\) [0-9]* \([0-9]*\) .*/\1 \2 \3 \4/p'
}
`

/** macOS and the BSDs show it with the command line. @category scripts @since 0.1.0 */
export const tableFromPs: string = String.raw`
table() {
  { ps -axEww -o pid= -o command= 2>/dev/null || ps axeww -o pid= -o args=; } |
    awk -v mark="MACHINE=$key," 'index($0, " RUNCTL_" mark) { print $1 }'
  ps -A -o pid= -o stat= -o ppid= | awk '{ print $1, $2, $3, 0 }'
}
`

/**
 * Defines `table`, which prints the processes that carry the mark of the machine `$key`, each alone in a line, and
 * `PID STATE PARENT SESSION` for all processes there are.
 *
 * @category scripts
 * @since 0.1.0
 */
export const processTable: string = `if [ -r /proc/self/stat ]; then
${tableFromProc}
else
${tableFromPs}
fi
`

/**
 * Defines `end_processes KEY TENTHS`: ends every process of a machine by SIGTERM, and after so many tenths of a second
 * by SIGKILL. It fails, and says which, when some do not end within ten seconds.
 *
 * **Details**  a process is the machine's when it carries its mark, descends from one that does, is in a session that
 * one of them leads or whose leader has left one of them behind, and stays so when what showed it is gone. Whoever runs
 * this is spared, with what it runs and what runs it: a machine may end itself. What those who run it start meanwhile
 * is waited for by nobody: a clock that sleeps again and again would never be seen to rest.
 *
 * @category scripts
 * @since 0.1.0
 */
export const endProcessesFunction: string = String.raw`
alive() {
  { printf '%s\n' $pids; table; } | awk -v self=$$ -v before=" $(echo $pids) " -v first=$tenths '
    NF == 1 { ours[$1] = marked[$1] = 1; next }
    NF == 4 && $2 !~ /^[ZX]/ { parent[$1] = $3; session[$1] = $4 }
    END {
      for (pid = self; pid in parent && !(pid in spared); pid = parent[pid]) spared[pid] = 1
      do {
        found = 0
        for (pid in parent)
          if (!(pid in spared) && (parent[pid] == self || (parent[pid] in helper))) {
            if (!(pid in helper)) found = helper[pid] = 1
          }
      } while (found)
      for (pid in marked)
        if (pid in session && session[pid] > 0 && !(session[pid] in parent) && !(pid in helper)) left[session[pid]] = 1
      do {
        found = 0
        for (pid in parent)
          if (!(pid in ours) && ((parent[pid] in ours) || (session[pid] in ours) || (session[pid] in left)))
            found = ours[pid] = 1
      } while (found)
      if (first != 0) do {
        found = 0
        for (pid in parent)
          if (!(pid in later) && !index(before, " " pid " ") && ((parent[pid] in spared) || (parent[pid] in later)))
            found = later[pid] = 1
      } while (found)
      for (pid in ours) if (pid in parent && !(pid in spared) && !(pid in helper) && !(pid in later)) print pid
    }'
}
end_processes() {
  key=$1 pids='' tenths=0
  while pids=$(alive) && [ -n "$pids" ]; do
    if [ $tenths -ge 100 ]; then
      echo "these processes do not end:" $pids >&2
      return 1
    fi
    if [ $tenths -eq 0 ]; then kill -TERM $pids; kill -CONT $pids; fi 2>/dev/null
    if [ $tenths -ge "$2" ]; then kill -KILL $pids; fi 2>/dev/null
    tenths=$((tenths + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
}
`

/**
 * Puts the script together for a way to see processes.
 *
 * @category scripts
 * @since 0.1.0
 */
export const endProcessesBy = (table: string): string => `${table}${endProcessesFunction}end_processes "$1" "$2"\n`

/**
 * Ends every process of the machine with the key `$1`, wherever it runs; see `endProcessesFunction`.
 *
 * @category scripts
 * @since 0.1.0
 */
export const endProcesses: string = endProcessesBy(processTable)

/**
 * Defines `remove_folder PATH`: removes a folder with what is write-protected in it.
 *
 * @category scripts
 * @since 0.1.0
 */
export const removeFolderFunction: string = String.raw`
remove_folder() {
  find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
  rm -rf -- "$1"
}
`

/**
 * Removes the folders given, with what is write-protected in them.
 *
 * @category scripts
 * @since 0.1.0
 */
export const removeFolders: string = `${removeFolderFunction}
for folder; do remove_folder "$folder" || exit 1; done
`
