import type { MachineDescription } from "../../cloud/CloudCore.ts"
import { quoted } from "../../ssh/scripts.ts"

/** As many as there are to be, idle and well; it answers the queries for CSV, `-L` and `-q`, and prints a short table. */
const nvidiaSmi = (count: number, name: string, mebibytes: number): string =>
  [
    "#!/bin/sh",
    `count=${count} name=${quoted(name)} memory=${mebibytes}`,
    "query='' units=' MiB' percent=' %' head=yes list='' all='' wanted=''",
    "while [ $# -gt 0 ]; do",
    "  case $1 in",
    "    --query-gpu=*) query=${1#*=} ;;",
    "    --format=*) case $1 in *noheader*) head='' ;; esac; case $1 in *nounits*) units='' percent='' ;; esac ;;",
    "    -L | --list-gpus) list=yes ;;",
    "    -q | --query) all=yes ;;",
    "    -i) wanted=$2; shift ;;",
    "    --id=*) wanted=${1#*=} ;;",
    "    *) ;;",
    "  esac",
    "  shift",
    "done",
    "value() {",
    "  case $1 in",
    "    index) printf %s $2 ;;",
    '    name | gpu_name) printf %s "$name" ;;',
    "    count) printf %s $count ;;",
    '    memory.total) printf %s "$memory$units" ;;',
    '    memory.free) printf %s "$memory$units" ;;',
    '    memory.used) printf %s "0$units" ;;',
    '    utilization.*) printf %s "0$percent" ;;',
    "    temperature.gpu) printf 30 ;;",
    "    driver_version) printf 570.86.10 ;;",
    "    uuid | gpu_uuid) printf 'GPU-00000000-0000-4000-8000-%012d' $2 ;;",
    "    ecc.errors.uncorrected.volatile.total) printf 0 ;;",
    "    *) printf '[N/A]' ;;",
    "  esac",
    "}",
    "index=0",
    '[ -z "$query" ] || [ -z "$head" ] || echo "$query" | sed "s/,/, /g"',
    '[ -z "$all" ] || printf "%-41s : %s\\n" "Attached GPUs" $count',
    "while [ $index -lt $count ]; do",
    '  if [ -z "$wanted" ] || [ "$wanted" = $index ]; then',
    '    if [ -n "$list" ]; then',
    '      printf "GPU %s: %s (UUID: %s)\\n" $index "$name" "$(value uuid $index)"',
    '    elif [ -n "$all" ]; then',
    '      printf "GPU 00000000:%02X:00.0\\n    %-37s : %s\\n" $((index + 1)) "Product Name" "$name"',
    '    elif [ -n "$query" ]; then',
    "      line='' rest=$query,",
    '      while [ -n "$rest" ]; do',
    "        field=${rest%%,*} rest=${rest#*,}",
    '        line="${line:+$line, }$(value "${field# }" $index)"',
    "      done",
    '      echo "$line"',
    "    else",
    '      echo "| $index  $name  0MiB / ${memory}MiB  0% |"',
    "    fi",
    "  fi",
    "  index=$((index + 1))",
    "done",
    ""
  ].join("\n")

const power = (word: string): string =>
  [
    "#!/bin/sh",
    `word=${word}`,
    'for each in "$@"; do',
    "  case $each in -r) word=reboot ;; -c) exit 0 ;; +0 | now | -h | -P | -f | --force | -p) ;;",
    `  *) echo "$each is not emulated" >&2; exit 1 ;; esac`,
    "done",
    "echo $word > /run/power",
    ""
  ].join("\n")

/** For what is interpreted: whether all of it is done. */
const cloudInitStatus = [
  "#!/bin/sh",
  '[ "$1" = status ] || { echo "only cloud-init status is emulated" >&2; exit 2; }',
  "done=/run/machine/user-data-done",
  'case " $* " in *" --wait "*) while [ ! -e $done ]; do sleep 0.1; done ;; esac',
  "if [ -e $done ]; then echo 'status: done'; else echo 'status: running'; fi",
  ""
].join("\n")

/** Lets in whom the environment names, has sshd started from outside, and stays. */
const startSsh = [
  "#!/bin/sh",
  'if [ -n "$PUBLIC_KEY" ]; then',
  "  mkdir -p /root/.ssh && chmod 700 /root/.ssh",
  '  printf "%s\\n" "$PUBLIC_KEY" >> /root/.ssh/authorized_keys && chmod 600 /root/.ssh/authorized_keys',
  "fi",
  ": > /run/machine/sshd-wanted",
  "exec sleep infinity",
  ""
].join("\n")

const service = [
  "#!/bin/sh",
  'case "$1 $2" in',
  "  'ssh start' | 'sshd start' | 'ssh restart') : > /run/machine/sshd-wanted ;;",
  `  *) echo "service $* is not emulated" >&2; exit 1 ;;`,
  "esac",
  ""
].join("\n")

/** Containers have no power of their own. */
const noPower = ["#!/bin/sh", `echo "a container cannot do this" >&2`, "exit 1", ""].join("\n")

/** What an image has that this computer does not, or must not run: by name, or by path. */
export const imagePrograms = (
  { boot, gpus, programs = {} }: MachineDescription,
  isInterpreted: boolean
): Readonly<Record<string, string>> => {
  const isContainer = boot.kind === "container"
  const off = isContainer ? noPower : power("off")
  return {
    ...(boot.kind === "userData" && isInterpreted ? { "cloud-init": cloudInitStatus } : {}),
    ...Object.fromEntries(["poweroff", "halt", "shutdown"].map((name) => [name, off])),
    reboot: isContainer ? noPower : power("reboot"),
    ...(isContainer ? { service } : {}),
    ...(isContainer && boot.sshd !== "always" ? { [boot.sshd.startedBy]: startSsh } : {}),
    ...(gpus === undefined ? {} : { "nvidia-smi": nvidiaSmi(gpus.count, gpus.name, gpus.memoryMiB) }),
    ...programs
  }
}
