import * as Ownership from "@runctl/core/Ownership"

export const owner = Ownership.OwnerId.make("benchbox")

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

/** A key of its own for each number below a million. */
export const keyOf = (index: number): Ownership.ResourceKey => {
  const digits = [32 ** 3, 32 ** 2, 32, 1].map((weight) => alphabet[Math.floor(index / weight) % 32])
  return Ownership.ResourceKey.make(`benchmachine0000${digits.join("")}`)
}

/** The mark of a machine of ours that may live for another day. */
export const markOf = (index: number): Ownership.Mark => ({
  owner,
  key: keyOf(index),
  deadlineEpochSeconds: Math.ceil(Date.now() / 1000) + 86_400
})

/** A name and tags as the plugin gives them. */
export const labelsOf = (mark: Ownership.Mark): { readonly name: string; readonly tags: ReadonlyArray<string> } => ({
  name: Ownership.toName(mark),
  tags: ["runctl", ...Object.entries(Ownership.toTags(mark)).map(([name, value]) => `${name}:${value}`)]
})
