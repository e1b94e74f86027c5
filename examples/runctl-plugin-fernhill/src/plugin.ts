/** Lets runctl rent machines at Fernhill. */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./Provider.ts"

export const plugin: ProviderPlugin = define({ name: "fernhill", layer })
