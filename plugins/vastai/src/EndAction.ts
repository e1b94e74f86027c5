/**
 * What ends an instance from inside.
 *
 * @since 0.1.0
 */
import { keyFile } from "./Boot.ts"

/**
 * `sh` that destroys the instance it runs on with the instance's own key, which may do nothing else than start, stop and
 * destroy it; where that is refused it stops it, so that only the disk goes on costing.
 *
 * **Details**  id and key are what the container was given: in its environment, in the file that its start left, or in the
 * environment of its first process. The key is passed over standard input, in the environment or in a file that root alone
 * reads, and is in no process's arguments.
 *
 * @source https://docs.vast.ai/guides/instances/docker-environment
 * @category scripts
 * @since 0.1.0
 */
export const endAction = (endpoint: string): string => `id=\${CONTAINER_ID:-} key=\${CONTAINER_API_KEY:-}
if [ -z "$id" ] || [ -z "$key" ]; then
  { read -r id && read -r key; } 2>/dev/null <"\${HOME:-/root}/${keyFile}" || {
    id=$(tr '\\0' '\\n' </proc/1/environ | sed -n 's/^CONTAINER_ID=//p')
    key=$(tr '\\0' '\\n' </proc/1/environ | sed -n 's/^CONTAINER_API_KEY=//p')
  } 2>/dev/null
fi
case $id in '' | *[!0-9]*) echo 'runctl: this instance does not know its id' >&2 && exit 1 ;; esac
case $key in '' | *[!!-~]*) echo 'runctl: this instance has no key of its own' >&2 && exit 1 ;; esac
url='${endpoint}/api/v0/instances/'$id/
ask() {
  if command -v curl >/dev/null 2>&1; then
    printf 'header = "Authorization: Bearer %s"\\n' "$key" |
      curl -sS -m 60 -K - -X "$1" -H 'Content-Type: application/json' \${2:+--data "$2"} "$url"
  elif command -v python3 >/dev/null 2>&1; then
    RUNCTL_KEY=$key python3 - "$1" "$url" "\${2-}" <<'PYTHON'
import os, sys, urllib.request
method, url, body = sys.argv[1:]
headers = {"Authorization": "Bearer " + os.environ["RUNCTL_KEY"], "Content-Type": "application/json"}
request = urllib.request.Request(url, body.encode() or None, headers, method=method)
print(urllib.request.urlopen(request, timeout=60).read().decode())
PYTHON
  else
    # It reads settings from files alone.
    (umask 077 && printf 'header = Authorization: Bearer %s\\n' "$key" >.runctl-wgetrc)
    wget -q -O - -T 60 --config=.runctl-wgetrc --method="$1" --header='Content-Type: application/json' \\
      \${2:+--body-data="$2"} "$url"
    rm -f .runctl-wgetrc
  fi
}
sync
ask DELETE | grep -q '"success": *true' || ask PUT '{"state": "stopped"}' | grep -q '"success": *true'
`
