/**
 * File systems whose files live on another computer, by the magic number of Linux.
 *
 * @source https://github.com/coreutils/coreutils/blob/master/src/stat.c `human_fstype` (read 2026-11-21)
 */
const networkMagic: ReadonlyMap<number, string> = new Map([
  [0x6969, "nfs"],
  [0x517b, "smb"],
  [0xff534d42, "cifs"],
  [0xfe534d42, "smb2"],
  [0x564c, "novell"],
  [0x01021997, "9p"],
  [0x0bd00bd0, "lustre"],
  [0x47504653, "gpfs"],
  [0x00c36400, "ceph"],
  [0x19830326, "fhgfs"],
  [0xaad7aaea, "panfs"],
  [0x01161970, "gfs2"],
  [0x7461636f, "ocfs2"],
  [0x61636673, "acfs"],
  [0xbeefdead, "snfs"],
  [0x5346414f, "afs"],
  [0x6b414653, "afs"],
  [0x73757245, "coda"],
  [0xbacbacbc, "vmhgfs"],
  [0x7c7c6673, "prl_fs"],
  [0x786f4256, "vboxsf"]
])

/** FUSE hides everything from an encrypted folder to a bucket behind one number; the mount table says which. */
export const fuseMagic = 0x65735546

const networkNames =
  /^(nfs\d?|smbfs|smb3?|cifs|afpfs|webdav|davfs2?|9p|drvfs|lustre|gpfs|ceph|beegfs|glusterfs|afs|coda|ocfs2|gfs2?|vboxsf|vmhgfs|prl_fs|fuse\.(sshfs|s3fs|rclone|gcsfuse|glusterfs|ceph(-fuse)?|juicefs|goofys|mount-s3|mountpoint-s3|davfs2?|mfs|moosefs|seaweedfs|blobfuse2?|curlftpfs|smbnetfs|afpfs|vmhgfs-fuse))$/

/** The name of a network file system by its number; `undefined` for every other number. */
export const networkByMagic = (magic: number): string | undefined => networkMagic.get(magic)

/** Whether a type of the mount table lives on another computer. */
export const isNetworkName = (type: string): boolean => networkNames.test(type)

interface Mount {
  readonly at: string
  readonly type: string
}

/** Mount points are written with blanks and backslashes as octal numbers. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** Mounts out of the text of `/proc/self/mountinfo`. @source https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
export const mountinfo = (text: string): ReadonlyArray<Mount> =>
  text.split("\n").flatMap((line) => {
    const [before = "", after] = line.split(" - ")
    const at = before.split(" ")[4]
    const type = after?.split(" ")[0]
    return at === undefined || type === undefined ? [] : [{ at: unescaped(at), type }]
  })

/** Mounts out of what `mount` prints on BSD and macOS: `//me@nas/home on /Volumes/home (smbfs, nodev)`. */
export const mountOutput = (text: string): ReadonlyArray<Mount> =>
  [...text.matchAll(/^.+? on (.+) \(([^,)]+)[^)]*\)$/gm)].map(([, at = "", type = ""]) => ({ at, type }))

const covers = (at: string, path: string): boolean => path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`)

/** The type of what is mounted under a path: the nearest mount, and of two at one place the later. */
export const typeAt = (mounts: ReadonlyArray<Mount>, path: string): string | undefined =>
  mounts
    .filter(({ at }) => covers(at, path))
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.at.length >= best.at.length ? mount : best),
      undefined
    )?.type
