/** The bundler puts these files into the bundle; their types are the part that is read. */
declare module "@runctl/plugin-aws/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-digitalocean/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-local/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-lyceum/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-runpod/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-ssh/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-vastai/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "@runctl/plugin-verda/package.json" {
  const manifest: { readonly name: string; readonly version: string; readonly runctl: unknown }
  export default manifest
}
declare module "effect/package.json" {
  const manifest: { readonly version: string }
  export default manifest
}
