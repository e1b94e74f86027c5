import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Layer from "effect/Layer"
import { platform } from "./platform.ts"

const aboutShells = [
  "a running machine is reached, and runs what it is told",
  "two machines do not see each other's files",
  "terminating ends what runs on the machine, even what was left behind and does not listen",
  "a stopped machine is not reached, and has its files again when started",
  "following a job gives its log, every byte once and in order, and ends with the job",
  "a log can be read again from any byte",
  "a unit is started once, however often it is asked for",
  "the exit code decides what became of a job",
  "a unit that nobody started is Absent",
  "a job that is stopped is Cancelled, and prints nothing more",
  "a job stopped for a preemption is Interrupted",
  "stopping what is over changes nothing",
  "a job ends at its deadline",
  "a deadline that was moved no longer ends a job",
  "a unit that was released is Absent",
  "no job goes on when its machine is terminated",
  "outputs are told with their digests, and arrive as they left",
  "a checkpoint is told, and can be fetched while the job goes on",
  "a file that is brought there and back is the same"
]

ProviderLaws.suite(
  "the fake cloud",
  FakeProvider.layer({ visibleAfter: "20 millis", bootsFor: "20 millis", endsFor: "20 millis" }).pipe(
    Layer.provideMerge(platform)
  ),
  {
    every: "5 millis",
    within: "10 seconds",
    timeout: "20 seconds",
    skip: aboutShells.map((law) => ({ law, reason: "there is no shell behind the fake cloud's machines" }))
  }
)
