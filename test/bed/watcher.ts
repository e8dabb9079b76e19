import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/**
 * Ends every process in the given namespaces, removes the namespaces and the directory. A process
 * may be starting another one, so it looks again until nobody is left; a dead one that was not
 * reaped has no namespace and is not listed. Names: $1 directory, then the namespaces.
 */
const removalScript = `
directory=$1; shift
for round in 1 2 3 4 5 6 7 8 9 10; do
  pids=
  for name in "$@"; do
    [ -e "/run/netns/$name" ] && pids="$pids $(ip netns pids "$name" 2>/dev/null | tr '\\n' ' ')"
  done
  case $pids in *[0-9]*) kill -9 $pids 2>/dev/null ;; *) break ;; esac
  sleep 0.02
done
for name in "$@"; do echo "netns del $name"; done | ip -force -batch - 2>/dev/null
rm -rf -- "$directory"
`;

/** Holds a bed's life: ends it when told, or when this process ends in any way, kill -9 included. */
export interface Watcher {
  remove(): Promise<void>;
}

/**
 * Starts a small process that waits for the end of a pipe that only this process holds, and then
 * removes the bed. Its own session, so that Ctrl-C does not reach it first.
 */
export function startWatcher(directory: string, namespaces: readonly string[]): Watcher {
  const script = `trap '' HUP INT TERM\ncat >/dev/null\n${removalScript}`;
  const child = spawn("sh", ["-c", script, "bed-watcher", directory, ...namespaces], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  child.unref();
  return {
    async remove() {
      // Whoever closes waits, also when nothing else keeps this process.
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}

/** Removes beds that their owner could not: both it and its watcher were killed. */
export async function removeBed(directory: string, namespaces: readonly string[]): Promise<void> {
  const child: ChildProcess = spawn(
    "sh",
    ["-c", removalScript, "bed-remover", directory, ...namespaces],
    {
      stdio: "ignore",
    },
  );
  await once(child, "exit");
}
