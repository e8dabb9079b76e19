import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readlink, stat } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import type { Clock } from "../common/clock.ts";

const entryPollMilliseconds = 5;
const entryPollCountMax = 400;

/** A small process inside a network namespace, through whose /proc/PID its counters are read. */
export interface NamespaceHolder {
  /** The holder's id, inside the namespace that has the name now. Throws `ResourceNotFound` when there is none. */
  processId(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Holds the namespace `name` by `cat` with a pipe as its input: it ends with us, even after kill -9. When the
 * name is gone, or means another namespace, the holder is ended so that it does not keep the old one alive.
 */
export function holdNamespace(name: string, clock: Clock): NamespaceHolder {
  const path = `/run/netns/${name}`;
  let held: { child: ChildProcess; inode: number } | null = null;

  async function release(): Promise<void> {
    const child = held?.child;
    held = null;
    if (child) await end(child);
  }

  return {
    async processId() {
      const inode = await namespaceInode(path, name);
      const alive = held !== null && held.child.exitCode === null && held.child.signalCode === null;
      if (!alive || held?.inode !== inode || inode === null) await release();
      if (inode === null) throw gone(name, path);
      held ??= { child: await enter(path, inode, clock), inode };
      return held.child.pid ?? 0;
    },
    close: release,
  };
}

function gone(name: string, path: string): NightcapError {
  return new NightcapError("ResourceNotFound", `no network namespace "${name}" at ${path}`);
}

async function namespaceInode(path: string, name: string): Promise<number | null> {
  return stat(path).then(
    ({ ino }) => ino,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return null;
      throw new NightcapError("ResourceNotFound", `cannot look at network namespace "${name}"`, {
        cause,
      });
    },
  );
}

/** Waits until the child has really moved: before that, its /proc shows our own namespace. */
async function enter(path: string, inode: number, clock: Clock): Promise<ChildProcess> {
  const child = spawn("nsenter", [`--net=${path}`, "cat"], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin?.on("error", () => {}); // the child may end first
  const failed: { cause?: unknown } = {};
  child.on("error", (cause) => (failed.cause = cause));
  for (let count = 0; count < entryPollCountMax; count++) {
    if (failed.cause !== undefined || child.exitCode !== null) break;
    const link = await readlink(`/proc/${child.pid}/ns/net`).catch(() => "");
    if (link === `net:[${inode}]`) return child;
    await clock.sleep(entryPollMilliseconds);
  }
  await end(child);
  throw new NightcapError("ResourceNotFound", `cannot enter network namespace ${path}`, {
    cause: failed.cause ?? `nsenter ended with ${child.exitCode}`,
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "exit");
  child.kill("SIGKILL");
  await closed;
}
