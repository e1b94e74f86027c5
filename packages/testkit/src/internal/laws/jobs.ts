/**
 * Laws about jobs, for machines with a shell and for providers that run jobs themselves.
 *
 * @since 0.1.0
 */
import { isOver, UnitId } from "@runctl/core/Job"
import { TrainingProvider, type Using } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Law, UsingHalf } from "../../Law.ts"
import { finish, follow, logOf, prepare, readLog, start } from "../job.ts"
import { text } from "../latin1.ts"
import { printed } from "../lawJob.ts"
import { check, eventually, rentRunning } from "../rent.ts"

const args = ["say", "3", "raw", "x", "loss", "0.25", "sleep", "1", "say", "200"]

export const laws: ReadonlyArray<Law> = [
  {
    name: "following a job gives its log, every byte once and in order, and ends with the job",
    run: Effect.gen(function* () {
      const job = yield* start(args)
      const events = yield* follow(job)
      const log = yield* logOf(events)
      yield* check(log === text(printed(args)), `the log is ${JSON.stringify(log.slice(0, 200))}`)
      const last = events.findLast((event) => event._tag === "Status")
      yield* check(last?._tag === "Status" && isOver(last.status), "it stopped following before the job was over")
      const { logBytes, state } = yield* job.status
      yield* check(state === "Completed" && logBytes === log.length, `${state} with ${logBytes} bytes of log`)
    })
  },
  {
    name: "a log can be read again from any byte",
    run: Effect.gen(function* () {
      const job = yield* start(args)
      yield* finish(job)
      const whole = text(printed(args))
      for (const fromByte of [0, 1, 25, whole.length - 1, whole.length]) {
        const log = yield* readLog(job, fromByte)
        yield* check(
          log === whole.slice(fromByte),
          `from byte ${fromByte} the log is ${JSON.stringify(log.slice(0, 99))}`
        )
      }
    })
  },
  {
    name: "a unit is started once, however often it is asked for",
    run: Effect.gen(function* () {
      const job = yield* prepare(["say", "1", "sleep", "1"])
      const train = job.using.train(job.machine.id, job.request)
      yield* Effect.all([train, train, train], { concurrency: "unbounded" })
      yield* train
      yield* finish(job)
      yield* train
      yield* finish(job)
      const log = yield* readLog(job)
      yield* check(log === "line 1\n", `started again and again, a unit printed ${JSON.stringify(log)}`)
    })
  },
  {
    name: "the exit code decides what became of a job",
    run: Effect.gen(function* () {
      const failed = yield* finish(yield* start(["say", "1", "exit", "3"]))
      yield* check(
        failed.state === "Failed" && failed.exitCode === 3,
        `exit 3 became ${failed.state} ${failed.exitCode}`
      )
      const completed = yield* finish(yield* start(["say", "1"]))
      yield* check(completed.state === "Completed" && completed.exitCode === 0, `exit 0 became ${completed.state}`)
    })
  },
  {
    name: "a unit that nobody started is Absent",
    run: Effect.gen(function* () {
      const using = yield* UsingHalf
      const machine = yield* rentRunning()
      const { state } = yield* using.status(machine.id, UnitId.make("law-nobody-started-this"))
      yield* check(state === "Absent", `a unit that nobody started is ${state}`)
    })
  },
  {
    name: "a job that is stopped is Cancelled, and prints nothing more",
    run: Effect.gen(function* () {
      const job = yield* start(["say", "1", "sleep", "600", "say", "1"])
      yield* eventually(job.status, ({ logBytes }) => logBytes > 0, "a job that prints has no log")
      const { machine, request, using } = job
      yield* using.stop(machine.id, request.unit, { graceSeconds: 1, reason: "stop" })
      const over = yield* finish(job)
      yield* check(over.state === "Cancelled" && over.reason === "stop", `a stopped job is ${over.state}`)
      const log = yield* readLog(job)
      yield* check(log === "line 1\n", `a stopped job printed ${JSON.stringify(log)}`)
    })
  },
  {
    name: "a job stopped for a preemption is Interrupted",
    run: Effect.gen(function* () {
      const job = yield* start(["sleep", "600"])
      const { machine, request, using } = job
      yield* using.stop(machine.id, request.unit, { graceSeconds: 1, reason: "preempted" })
      const { state } = yield* finish(job)
      yield* check(state === "Interrupted", `a preempted job is ${state}`)
    })
  },
  {
    name: "stopping what is over changes nothing",
    run: Effect.gen(function* () {
      const job = yield* start(["say", "1"])
      const before = yield* finish(job)
      const { machine, request, using } = job
      yield* using.stop(machine.id, request.unit, { graceSeconds: 1, reason: "stop" })
      const after = yield* job.status
      yield* check(after.state === before.state, `a ${before.state} job became ${after.state}`)
    })
  },
  {
    name: "a job ends at its deadline",
    run: Effect.gen(function* () {
      const over = yield* finish(yield* start(["say", "1", "sleep", "600"], 3))
      yield* check(over.reason === "deadline" && over.state === "Cancelled", `at its deadline a job is ${over.state}`)
    })
  },
  {
    name: "a deadline that was moved no longer ends a job",
    run: Effect.gen(function* () {
      const job = yield* start(["sleep", "600"], 5)
      const { machine, request, using } = job
      const later = Math.floor((yield* Clock.currentTimeMillis) / 1000) + 3600
      const moved = yield* using.extend(machine.id, request.unit, later)
      yield* check(moved.deadline === later, `the deadline was moved to ${later} and is ${moved.deadline}`)
      yield* Effect.sleep("7 seconds")
      const { state } = yield* job.status
      yield* check(state === "Running", `a job whose deadline was moved is ${state}`)
    })
  },
  {
    name: "a unit that was released is Absent",
    run: Effect.gen(function* () {
      const job = yield* start(["say", "1", "output", "model.txt"])
      yield* finish(job)
      const { machine, request, using } = job
      yield* using.release(machine.id, request.unit)
      const { state } = yield* job.status
      yield* check(state === "Absent", `a released unit is ${state}`)
    })
  },
  {
    name: "no job goes on when its machine is terminated",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const job = yield* start(["say", "1", "sleep", "600"])
      yield* provider.terminate(job.machine.id)
      yield* eventually(
        Effect.exit(job.status),
        (exit) => exit._tag === "Failure" || (exit.value.state !== "Running" && exit.value.state !== "Ending"),
        "a job goes on after its machine was terminated"
      )
    })
  },
  {
    name: "who runs jobs without a shell brings the whole using half",
    needs: { what: "providers whose machines have no shell", from: ({ runMode }) => runMode === "job" },
    run: Effect.gen(function* () {
      const { using } = yield* TrainingProvider
      const parts: ReadonlyArray<keyof Using> = [
        "prepare",
        "train",
        "status",
        "monitor",
        "stop",
        "extend",
        "outputs",
        "collect",
        "fetchCheckpoint",
        "download",
        "upload",
        "release"
      ]
      const missing = parts.filter((part) => using?.[part] === undefined)
      yield* check(missing.length === 0, `it does not bring ${missing.join(", ")}`)
    })
  }
]
