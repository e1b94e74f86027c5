export * as SshAccess from "./SshAccess.ts"
export {}
