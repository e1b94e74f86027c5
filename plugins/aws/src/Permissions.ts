/**
 * The policy that runctl needs and nothing more, made from the table of the operations that it calls.
 *
 * @since 0.1.0
 */
import { ownerTag } from "./Marks.ts"
import { type OperationName, operations, type Permission } from "./Operations.ts"

/** One statement of a policy. @category models @since 0.1.0 */
export interface Statement {
  readonly Sid: string
  readonly Effect: "Allow"
  readonly Action: ReadonlyArray<string>
  readonly Resource: string | ReadonlyArray<string>
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | ReadonlyArray<string>>>>>
}

/** A policy of IAM. @category models @since 0.1.0 */
export interface Policy {
  readonly Version: "2012-10-17"
  readonly Statement: ReadonlyArray<Statement>
}

const names = Object.keys(operations).filter((name): name is OperationName => name in operations)

const actions = (is: (permission: Permission) => boolean): ReadonlyArray<string> =>
  [
    ...new Set(
      names
        .map((name) => operations[name])
        .filter(is)
        .map(({ action }) => action)
    )
  ].toSorted()

/** What a tag of ours must be there for; how to say so depends on whether it is there already. */
const tagged = { Null: { [`aws:ResourceTag/${ownerTag}`]: "false" } }
const tagging = { Null: { [`aws:RequestTag/${ownerTag}`]: "false" } }

const made = (name: string): string => `arn:aws:ec2:*:*:${name}/*`

/** Operations whose parts are others' too: an image, a subnet, somebody's VPC. */
const foundations = ["arn:aws:ec2:*::image/*", ...["subnet", "security-group", "key-pair"].map(made)]

const launched = ["instance", "volume", "network-interface", "spot-instances-request"].map(made)

/** What makes things that are tagged while they are made. */
const makers = (group: Permission["group"]): ReadonlyArray<string> =>
  actions(({ group: of, on }) => on === "made" && of === group).filter((action) => action !== "ec2:RunInstances")

const createdBy = (all: ReadonlyArray<string>): ReadonlyArray<string> => all.map((action) => action.replace("ec2:", ""))

const tagsWith = (sid: string, creators: ReadonlyArray<string>): Statement => ({
  Sid: sid,
  Effect: "Allow",
  Action: ["ec2:CreateTags"],
  Resource: "arn:aws:ec2:*:*:*/*",
  Condition: { StringEquals: { "ec2:CreateAction": creators } }
})

/** Of what is made in a VPC, the VPC has no tag of ours where it is the default one. */
const makersInVpc = (
  sid: string,
  all: ReadonlyArray<string>,
  kinds: ReadonlyArray<string>
): ReadonlyArray<Statement> => [
  { Sid: sid, Effect: "Allow", Action: all, Resource: kinds.map(made), Condition: tagging },
  {
    Sid: `${sid}In`,
    Effect: "Allow",
    Action: all.filter((action) => /SecurityGroup|Subnet|RouteTable/.test(action)),
    Resource: made("vpc")
  }
]

const look: ReadonlyArray<Statement> = [
  {
    Sid: "Look",
    Effect: "Allow",
    Action: actions(({ on }) => on === "any"),
    Resource: "*"
  },
  {
    Sid: "FindImages",
    Effect: "Allow",
    Action: actions(({ on }) => on === "images"),
    Resource: "arn:aws:ssm:*::parameter/aws/service/*"
  }
]

/**
 * The least that is needed. With `network` also what a dedicated VPC takes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const policy = (options: { readonly network: boolean }): Policy => {
  const rent = makers("rent")
  const network = makers("network")
  return {
    Version: "2012-10-17",
    Statement: [
      ...look,
      { Sid: "Launch", Effect: "Allow", Action: ["ec2:RunInstances"], Resource: launched, Condition: tagging },
      { Sid: "LaunchFrom", Effect: "Allow", Action: ["ec2:RunInstances"], Resource: foundations },
      ...makersInVpc("Make", rent, ["key-pair", "security-group"]),
      tagsWith("TagWhatIsMade", ["RunInstances", ...createdBy(rent)]),
      {
        Sid: "Keep",
        Effect: "Allow",
        Action: actions(({ group, on }) => on === "ours" && group === "keep"),
        Resource: "arn:aws:ec2:*:*:*/*",
        Condition: tagged
      },
      {
        Sid: "FirstSpotMachine",
        Effect: "Allow",
        Action: ["iam:CreateServiceLinkedRole"],
        Resource: "arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
        Condition: { StringEquals: { "iam:AWSServiceName": "spot.amazonaws.com" } }
      },
      ...(options.network
        ? [
            ...makersInVpc("MakeNetwork", network, ["vpc", "subnet", "internet-gateway", "route-table"]),
            tagsWith("TagNetwork", createdBy(network)),
            {
              Sid: "KeepNetwork",
              Effect: "Allow" as const,
              Action: actions(({ group, on }) => on === "ours" && group === "network"),
              Resource: "arn:aws:ec2:*:*:*/*",
              Condition: tagged
            }
          ]
        : [])
    ]
  }
}

/** Every action that a policy allows. @category accessors @since 0.1.0 */
export const allowed = ({ Statement: all }: Policy): ReadonlyArray<string> =>
  [...new Set(all.flatMap(({ Action }) => Action))].toSorted()
