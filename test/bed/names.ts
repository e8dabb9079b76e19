import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { processIdentity } from "./processes.ts";

/** The four machines of a bed. `vm` and `client` share a LAN; `internet` is behind `router`. */
export const hostNames = ["vm", "client", "internet", "router"] as const;
export type HostName = (typeof hostNames)[number];

const prefix = "ncbed";
const namespaceDirectory = "/run/netns";

/**
 * A bed's name says who owns it: process id and start time, so that a bed whose owner is gone can be
 * told from one in use, and a random part, because one process may hold several.
 */
export function makeBedName(): string {
  const identity = processIdentity(process.pid);
  if (identity === null) throw new Error("this process is not in /proc");
  return `${prefix}-${process.pid}-${identity.startTicks}-${randomBytes(4).toString("hex")}`;
}

/** Names of beds whose owner does not live any more, from the namespaces that are there. */
export function deadBedNames(): string[] {
  const names = listNamespaces()
    .map((name) => /^(ncbed-\d+-\d+-[0-9a-f]+)-[a-z]+$/.exec(name)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].filter((name) => !ownerLives(name));
}

function ownerLives(bedName: string): boolean {
  const [, pid, startTicks] = bedName.split("-");
  const identity = processIdentity(Number(pid));
  return identity !== null && !identity.isDead && identity.startTicks === startTicks;
}

/** Every named network namespace of this machine. */
export function listNamespaces(): string[] {
  try {
    return readdirSync(namespaceDirectory);
  } catch {
    return []; // the directory is made with the first namespace
  }
}

export const namespaceName = (bedName: string, host: HostName): string => `${bedName}-${host}`;
