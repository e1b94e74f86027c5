/**
 * Laws about files that go to a machine and come from it.
 *
 * @since 0.1.0
 */
import * as Sha256 from "@runctl/remote/Sha256"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { Broken, type Law, UsingHalf } from "../../Law.ts"
import { finish, inFolder, read, start } from "../job.ts"
import { text } from "../latin1.ts"
import { check, rentRunning } from "../rent.ts"

export const laws: ReadonlyArray<Law> = [
  {
    name: "outputs are told with their digests, and arrive as they left",
    run: Effect.gen(function* () {
      const path = yield* Path.Path
      const job = yield* start(["output", "model.txt", "say", "1", "output", "a b.txt"])
      yield* finish(job)
      const { machine, request, using } = job
      const told = yield* using.outputs(machine.id, request.unit)
      const names = told.map((file) => file.path).toSorted()
      yield* check(names.join() === "a b.txt,model.txt", `its outputs are ${names.join()}`)
      const target = yield* inFolder("outputs")
      const brought = yield* using.collect(machine.id, request.unit, target)
      yield* check(brought.length === told.length, `${brought.length} of ${told.length} outputs were brought`)
      for (const file of told) {
        const bytes = yield* read(path.join(target, file.path))
        yield* check(
          text(bytes) === `output of ${file.path}\n`,
          `${file.path} arrived as ${JSON.stringify(text(bytes))}`
        )
        yield* check((yield* Sha256.ofBytes(bytes)) === file.sha256, `${file.path} has another digest than was told`)
        yield* check(bytes.length === file.bytes, `${file.path} has ${bytes.length} bytes, ${file.bytes} were told`)
      }
    })
  },
  {
    name: "a checkpoint is told, and can be fetched while the job goes on",
    run: Effect.gen(function* () {
      const job = yield* start(["checkpoint", "step-1.ckpt", "sleep", "600"])
      const { machine, request, using } = job
      const found = yield* using.monitor(machine.id, request.unit, { follow: true, fromByte: 0 }).pipe(
        Stream.filter((event) => event._tag === "Checkpoint"),
        Stream.take(1),
        Stream.runCollect
      )
      const [event] = found
      if (event?._tag !== "Checkpoint") return yield* new Broken({ message: "a checkpoint was never told" })
      const target = yield* inFolder("fetched.ckpt")
      const file = yield* using.fetchCheckpoint(machine.id, request.unit, event.checkpoint.path, target)
      const bytes = yield* read(target)
      yield* check(
        text(bytes) === "checkpoint step-1.ckpt\n",
        `the checkpoint arrived as ${JSON.stringify(text(bytes))}`
      )
      yield* check((yield* Sha256.ofBytes(bytes)) === file.sha256, "the checkpoint has another digest than was told")
    })
  },
  {
    name: "a file that is brought there and back is the same",
    run: Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const using = yield* UsingHalf
      const machine = yield* rentRunning()
      const content = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256)
      const [there, back] = [yield* inFolder("there.bin"), yield* inFolder("back.bin")]
      yield* Effect.orDie(fs.writeFile(there, content))
      yield* using.upload(machine.id, there, "law/some file.bin")
      yield* using.download(machine.id, "law/some file.bin", back)
      const bytes = yield* read(back)
      const same = (yield* Sha256.ofBytes(bytes)) === (yield* Sha256.ofBytes(content))
      yield* check(same, `${content.length} bytes went there and ${bytes.length} came back, not the same`)
    })
  }
]
