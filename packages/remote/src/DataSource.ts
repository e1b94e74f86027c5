/**
 * Where a job's data comes from.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { quote } from "./internal/quote.ts"

/**
 * A data source as it was typed, understood.
 *
 * **Details**  `name` is what a download is called on the machine. `sha256` is `undefined` when nothing was promised.
 *
 * @category models
 * @since 0.1.0
 */
export type DataSource =
  | { readonly _tag: "Local"; readonly path: string }
  | { readonly _tag: "Https"; readonly url: string; readonly name: string; readonly sha256: string | undefined }
  | { readonly _tag: "S3"; readonly uri: string }

const works = "What works: a local file or folder, https://… (with #sha256=… to have it checked), s3://bucket/key"

/**
 * Understands a data source, or says why not.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (source: string): Result.Result<DataSource, string> => {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return Result.succeed({ _tag: "Local", path: source })
  if (scheme === "file") return Result.fail(`${source}: write the path without file://. ${works}`)
  if (scheme === "s3") {
    return /^s3:\/\/[^/]+/.test(source)
      ? Result.succeed({ _tag: "S3", uri: source })
      : Result.fail(`${source} names no bucket. ${works}`)
  }
  if (scheme !== "https") return Result.fail(`${source}: ${scheme}:// is not supported. ${works}`)
  const [url = "", fragment = ""] = source.split(/#(.*)/s)
  const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase()
  if (fragment !== "" && sha256 === undefined) {
    return Result.fail(`${source}: after # there must be sha256= and 64 hexadecimal digits. ${works}`)
  }
  const path = url.slice("https://".length).split(/[?]/)[0] ?? ""
  const last = path.includes("/") ? path.slice(path.lastIndexOf("/") + 1) : ""
  const name = last.replaceAll(/[^A-Za-z0-9._-]/g, "_")
  return Result.succeed({ _tag: "Https", url, name: /^\.*$/.test(name) ? "data" : name, sha256 })
}

/** What tells one source from another, for the place it gets on a machine. @category accessors @since 0.1.0 */
export const identity = (source: DataSource): string =>
  source._tag === "Local" ? source.path : source._tag === "S3" ? source.uri : `${source.url}#${source.sha256 ?? ""}`

const digest = `if command -v sha256sum >/dev/null 2>&1; then h=$(sha256sum <"$f")
elif command -v shasum >/dev/null 2>&1; then h=$(shasum -a 256 <"$f")
elif command -v openssl >/dev/null 2>&1; then h=$(openssl dgst -sha256 -r <"$f")
else h=$(python3 -c 'import hashlib,sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())' <"$f"); fi
h=\${h%% *}`

const python = `import shutil, sys, urllib.request
with urllib.request.urlopen(sys.stdin.readline().strip()) as r, open(sys.argv[1], "wb") as f: shutil.copyfileobj(r, f)`

/** An address may hold a token: it reaches the tools over standard input, not where every user of the machine sees it. */
const download: Readonly<Record<"curl" | "wget" | "python3", string>> = {
  curl: `printf 'url = "%s"\\n' "$1" | curl -fsSL --proto =https --retry 3 -o "$f" -K -`,
  wget: `printf '%s\\n' "$1" | wget -q -O "$f" -i -`,
  python3: `printf '%s\\n' "$1" | python3 -c ${quote(python)} "$f"`
}

/**
 * The `sh` that brings remote data into `folder` on a machine, once: a folder that holds a file `.ready` beside it is
 * left alone. Or why the machine cannot.
 *
 * @category decisions
 * @since 0.1.0
 */
export const fetchScript = (
  source: Exclude<DataSource, { readonly _tag: "Local" }>,
  folder: string,
  tools: ReadonlySet<string>
): Result.Result<string, string> => {
  const begin = `d=${quote(folder)}\n[ ! -e "$d.ready" ] || exit 0\nrm -rf "$d.part" && mkdir -p "$d.part" || exit\n`
  const end = `rm -rf "$d" && mv "$d.part" "$d" && : >"$d.ready"\n`
  if (source._tag === "S3") {
    if (!tools.has("aws")) {
      return Result.fail(`${source.uri} needs the AWS CLI (aws) on the machine, and it is not there`)
    }
    const copy = `set -- ${quote(source.uri)}\nif aws s3 ls "$1/" 2>/dev/null | grep -q .; then aws s3 sync --no-progress "$1" "$d.part"; else aws s3 cp --no-progress "$1" "$d.part/"; fi || exit\n`
    return Result.succeed(begin + copy + end)
  }
  const tool = (["curl", "wget", "python3"] as const).find((name) => tools.has(name))
  if (tool === undefined) {
    return Result.fail(`${source.url} needs curl, wget or python3 on the machine, and none of them is there`)
  }
  const check =
    source.sha256 === undefined
      ? ""
      : `${digest}\nif [ "$h" != ${source.sha256} ]; then\n  echo "the data has the digest $h, not the promised ${source.sha256}" >&2\n  rm -rf "$d.part"\n  exit 1\nfi\n`
  const get = `set -- ${quote(source.url.replaceAll(/["\\\s]/g, encodeURIComponent))}\nf=$d.part/${quote(source.name)}\n${download[tool]} || exit\n`
  return Result.succeed(begin + get + check + end)
}
