/**
 * What a host has of what is used there, in POSIX `sh`.
 *
 * @since 0.1.0
 */
import { findBase } from "./claimBasics.ts"

/** Prints a word, a tab and what was found in each line; nothing behind the tab where nothing was. `$1`: the folder from the settings. */
export const tools = `
PATH=\${PATH:-/usr/bin:/bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH
first_of() { for each; do command -v "$each" && return; done; echo; }
${findBase}
find_base "$1"
printf 'login\\t%s\\n' "\${SHELL:-}"
printf 'tar\\t%s\\n' "$(first_of tar)"
printf 'sha256\\t%s\\n' "$(first_of sha256sum shasum openssl)"
printf 'zstd\\t%s\\n' "$(first_of zstd)"
printf 'crontab\\t%s\\n' "$(first_of crontab)"
printf 'base\\t%s\\n' "$base"
printf 'writable\\t%s\\n' "$(if can_write_base; then echo yes; fi)"
printf 'disk\\t%s\\n' "$(df -Pk "$base" 2>/dev/null | awk 'NR == 2 { print $4 }')"
`
