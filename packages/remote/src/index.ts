export * as LocalShell from "./LocalShell.ts"
export * as Shells from "./Shells.ts"
