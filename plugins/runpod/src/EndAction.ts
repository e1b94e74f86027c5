/**
 * How a pod ends itself: every pod has a key of its own, which may end that pod and nothing else.
 *
 * @since 0.1.0
 */

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * A `sh` script that terminates the pod it runs in. The key is the first process's, since sessions over SSH do not have
 * it; it goes to curl over standard input, so that nobody sees it among the processes.
 *
 * **Details**  REST first, then GraphQL, which is known to take a pod's own key, then the program that RunPod puts
 * into every pod.
 *
 * @source https://docs.runpod.io/runpodctl/reference/runpodctl (pods have a key of their own, read 2026-11-27)
 * @category scripts
 * @since 0.1.0
 */
export const scriptFor = (
  endpoint: string
): string => `of() { tr '\\000' '\\n' </proc/1/environ | sed -n "s/^$1=//p" | head -n 1; }
pod=$(of RUNPOD_POD_ID) key=$(of RUNPOD_API_KEY) api=${quoted(endpoint)}
[ -n "$pod" ] || { echo 'this pod does not know its own id' >&2; exit 1; }
if [ -n "$key" ] && command -v curl >/dev/null 2>&1; then
  header() { printf 'header = "Authorization: Bearer %s"\\n' "$key"; }
  code=$(header | curl -K - -s -m 30 -o /dev/null -w '%{http_code}' -X DELETE "$api/v2/pods/$pod")
  case $code in 2??) exit 0 ;; esac
  echo "REST answered $code" >&2
  said=$(header | curl -K - -s -m 30 -H 'content-type: application/json' \\
    -d '{"query":"mutation { podTerminate(input: {podId: \\"'"$pod"'\\"}) }"}' "$api/graphql")
  case $said in *'"errors"'*) ;; *'"podTerminate"'*) exit 0 ;; esac
  echo 'GraphQL did not end it either' >&2
elif [ -n "$key" ] && command -v wget >/dev/null 2>&1; then
  printf 'header = Authorization: Bearer %s\\n' "$key" |
    wget --config=/dev/stdin -q -T 30 -t 1 -O /dev/null --method=DELETE "$api/v2/pods/$pod" && exit 0
  echo 'REST did not end it' >&2
fi
command -v runpodctl >/dev/null 2>&1 && runpodctl remove pod "$pod"
`
