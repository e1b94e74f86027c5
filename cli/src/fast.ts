export const answer = (argv: ReadonlyArray<string>): boolean => {
  if (argv.length === 1 && argv[0] === "--version") {
    process.stdout.write(`runctl/0.0.0\n`)
    return true
  }
  return false
}
