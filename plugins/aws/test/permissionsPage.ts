import { operations } from "@runctl/plugin-aws/Operations"
import { policy } from "@runctl/plugin-aws/Permissions"

const uses = {
  look: "seeing machines, prices, limits and what is beside machines",
  rent: "renting a machine",
  keep: "stopping, starting and ending machines, and removing what is beside them",
  network: "a dedicated VPC (`network: dedicated`)"
} as const

const narrowed = {
  any: "everything",
  images: "public parameters of AWS",
  made: "what is tagged `runctl-owner` while it is made",
  ours: "what is tagged `runctl-owner`"
} as const

const rows = Object.entries(operations).map(([name, { action, group, on }]) => {
  return `| \`${name}\` | \`${action}\` | ${narrowed[on]} | ${uses[group]} |`
})

const block = (value: unknown): string => ["```json", JSON.stringify(value, undefined, 2), "```"].join("\n")

/** The page, as the table of operations makes it. */
export const page = (): string => `# What runctl may do in an AWS account

The least-privilege policy of the AWS plugin. This page is written by the table of operations in
\`plugins/aws/src/Operations.ts\`: the plugin cannot call what is not in it, and a test holds this page, the table and the
calls that are really sent to each other, both ways.

Reading takes whole actions: EC2 does not narrow them. Whatever changes something is allowed only on what carries the tag
\`runctl-owner\`, or is given it in the same request: machines of others in the account are out of reach.

**What is not proven**: no policy has met IAM yet. That an action is allowed on these resources with these conditions is what
[AWS's own reference](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html) says. Where a
call is refused, the error names the action that it takes, and \`runctl providers doctor aws\` tries a launch without making one.

## The policy

For machines in the default VPC, or in a subnet that is there:

${block(policy({ network: false }))}

\`FirstSpotMachine\` is needed once in the life of an account, by whoever rents its first spot machine; an administrator may run
\`aws iam create-service-linked-role --aws-service-name spot.amazonaws.com\` instead.

## With a VPC of its own

With \`network: dedicated\` runctl makes a VPC with a subnet in each zone, and removes it:

${block(policy({ network: true }))}

## Operation by operation

| operation | action | on | for |
| --- | --- | --- | --- |
${rows.join("\n")}

Beside these, \`ec2:CreateTags\` is used by the requests that make something, never by itself, and
\`iam:CreateServiceLinkedRole\` by the first spot machine.
`
