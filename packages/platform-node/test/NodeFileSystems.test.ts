import { assert, describe, it } from "@effect/vitest"
import * as NodeFileSystems from "@runctl/platform-node/NodeFileSystems"
import { FileSystems } from "@runctl/runtime/FileSystems"
import * as Effect from "effect/Effect"
import { tmpdir } from "node:os"
import { isNetworkName, mountinfo, mountOutput, networkByMagic, typeAt } from "../src/internal/fileSystemTypes.ts"

describe("the file systems of this computer", () => {
  it.live("are local, have room, and answer for paths that do not exist", () =>
    Effect.gen(function* () {
      const fileSystems = yield* FileSystems
      for (const path of [tmpdir(), `${tmpdir()}/not/there/yet`]) {
        assert.isFalse((yield* fileSystems.kindOf(path)).isNetwork)
        assert.isAbove((yield* fileSystems.freeBytes(path)) ?? 0, 0)
      }
    }).pipe(Effect.provide(NodeFileSystems.layer))
  )
})

describe("kinds of file systems", () => {
  it("are known by Linux's numbers", () => {
    assert.strictEqual(networkByMagic(0x6969), "nfs")
    assert.strictEqual(networkByMagic(0xfe534d42), "smb2")
    for (const local of [0xef53, 0x01021994, 0x9123683e, 0x58465342]) assert.isUndefined(networkByMagic(local))
  })

  it("are known by name, encrypted and mirrored folders being local", () => {
    for (const network of [
      "nfs",
      "nfs4",
      "smbfs",
      "cifs",
      "fuse.sshfs",
      "fuse.s3fs",
      "9p",
      "ceph",
      "lustre",
      "webdav"
    ]) {
      assert.isTrue(isNetworkName(network), network)
    }
    for (const local of ["ext4", "apfs", "fuse.gocryptfs", "fuseblk", "fuse.bindfs", "virtiofs", "tmpfs"]) {
      assert.isFalse(isNetworkName(local), local)
    }
  })

  it("are found in the mount table of Linux, the nearest and latest mount counting", () => {
    const mounts = mountinfo(
      [
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
        "30 22 0:40 / /home/me/far\\040away rw,nosuid shared:5 - fuse.sshfs me@there:/ rw",
        "31 22 0:41 / /home/me/two rw - ext4 /dev/vdb rw",
        "32 31 0:42 / /home/me/two rw - fuse.rclone remote: rw"
      ].join("\n")
    )
    assert.strictEqual(typeAt(mounts, "/home/me/far away/x"), "fuse.sshfs")
    assert.strictEqual(typeAt(mounts, "/home/me/far away2"), "ext4")
    assert.strictEqual(typeAt(mounts, "/home/me/two/x"), "fuse.rclone")
    assert.strictEqual(typeAt(mounts, "/home/me"), "ext4")
  })

  it("are found in what mount prints elsewhere", () => {
    const mounts = mountOutput(
      [
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)",
        "//me@nas/home on /Volumes/my home (smbfs, nodev, nosuid, mounted by me)"
      ].join("\n")
    )
    assert.strictEqual(typeAt(mounts, "/Volumes/my home/x"), "smbfs")
    assert.strictEqual(typeAt(mounts, "/Users/me"), "apfs")
  })
})
