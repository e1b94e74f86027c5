import * as NodeServices from "@effect/platform-node/NodeServices"
import { Refused, ShellError, Shells } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const noShell = new ShellError({ operation: "open", reason: new Refused({ message: "there is no shell here" }) })

export const noShells = Layer.succeed(Shells, { open: () => Effect.fail(noShell) })

/** Files of this computer, and no shell anywhere. */
export const platform = Layer.merge(NodeServices.layer, noShells)
