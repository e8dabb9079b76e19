import { readdirSync, statSync } from "node:fs";
import { describeError } from "../common/errors.ts";
import { newOwnerCounters } from "./counters.ts";
import { openFlowFeed } from "./flow-feed.ts";
import { processIds } from "./process-table.ts";
import { openSocketFeed } from "./socket-feed.ts";

/** Processes of others whose descriptors are tried. */
const triedCountMax = 16;

/** What a look at the host says about owners of sockets on it. */
export interface OwnersProbe {
  /** all: every process'; some: only of one's own user; none: sockets are not told of. */
  owners: "all" | "some" | "none";
  /** What is there, and what is not. */
  found: string;
  /** Also the ends of sockets that no look saw are told. */
  isComplete: boolean;
}

/** Tries what the watch needs, and leaves the host as it was. */
export function probeOwners(): OwnersProbe {
  const counters = newOwnerCounters();
  let hearsEnds = false;
  let socketCount = 0;
  try {
    const feed = openSocketFeed(counters);
    try {
      hearsEnds = feed.endsFd !== null;
      feed.scan(() => socketCount++);
    } finally {
      feed.close();
    }
  } catch (error) {
    return { owners: "none", found: describeError(error), isComplete: false };
  }
  const isRefused = isOthersRefused();
  const flows = openFlowFeed(counters);
  flows?.close();
  const parts = [
    `${socketCount} sockets are told of`,
    isRefused ? "processes of other users may not be looked at (CAP_SYS_PTRACE)" : null,
    hearsEnds ? null : "ends of sockets are not told: those that are missed are not counted",
    flows
      ? null
      : "new flows are not told (CAP_NET_ADMIN): short-lived sockets are missed more often",
  ];
  return {
    owners: isRefused ? "some" : "all",
    found: parts.filter((part) => part !== null).join("; "),
    isComplete: hearsEnds && flows !== null && !isRefused,
  };
}

function isOthersRefused(): boolean {
  const own = process.geteuid?.();
  const others = processIds().filter((pid) => uidOf(pid) !== own);
  const tried = others.slice(0, triedCountMax).map(mayNotLook);
  return tried.includes(true);
}

function uidOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return process.geteuid?.();
  }
}

function mayNotLook(pid: number): boolean {
  try {
    readdirSync(`/proc/${pid}/fd`);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}
