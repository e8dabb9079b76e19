import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  /** Clock ticks from boot to the start of the process: with the id it names a process for ever. */
  startTicks: string;
  /**
   * Ended, though perhaps not reaped: under a process 1 that does not reap, `kill -0` calls such a
   * process alive for ever, so tests of "nothing is left" must read the state.
   */
  isDead: boolean;
}

/** Reads /proc/PID/stat (proc_pid_stat(5)); null when there is no such process. */
export function processIdentity(pid: number): ProcessIdentity | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { isDead: fields[0] === "Z" || fields[0] === "X", startTicks: fields[19] ?? "" };
  } catch {
    return null;
  }
}

export const isProcessAlive = (pid: number): boolean => processIdentity(pid)?.isDead === false;
