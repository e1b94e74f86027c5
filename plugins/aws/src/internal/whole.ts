const isLike = <A extends object>(value: unknown, name: string): value is A =>
  typeof value === "object" && value !== null && name in value

/** What a CommonJS module exports: Node gives it by its names, a bundler only under `default`. */
export const whole = <A extends object>(loaded: A, name: string & keyof A): A => {
  if (name in loaded) return loaded
  const inner: unknown = Reflect.get(loaded, "default")
  return isLike<A>(inner, name) ? inner : loaded
}
