import { access, constants, readFile, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Check, Subject } from "./checks.ts";
import { attempt, degraded, missing, ok } from "./tools.ts";

const nodeMajorMin = 24;
/** Of the disk that keeps captures: below the first it is worth a word, below the second it is useless. */
const freeBytesWanted = 2 << 30;
const freeBytesMin = 128 << 20;
/** Nightcap was not written before this day: a clock that says so is not set. */
const earliestTime = Date.UTC(2026, 0, 1);
const latestTime = Date.UTC(2100, 0, 1);

export function checkNode(version: string): Check {
  const subject: Subject = {
    name: "Node",
    essential: true,
    why: "Nightcap is TypeScript that Node runs as it is",
    remedy: `Node ${nodeMajorMin} or newer; "npm start" in a checkout brings it`,
  };
  const major = Number(version.split(".")[0]);
  return major >= nodeMajorMin ? ok(subject, version) : missing(subject, version);
}

/** The kernel's counters that become metrics, each readable and with something in it. */
export function checkCounters(): Promise<Check> {
  const subject: Subject = {
    name: "/proc counters",
    essential: true,
    why: "metrics are made from them, and alerts from metrics",
    remedy: "mount /proc, and let the agent's user read it",
  };
  return attempt(subject, async () => {
    const files = ["/proc/net/dev", "/proc/stat", "/proc/meminfo", "/proc/diskstats"];
    for (const file of files) await readFile(file);
    return ok(subject, files.join(", "));
  });
}

/** The directory is there and writable, or can be made where its nearest ancestor is. */
export function checkDirectory(path: string, subject: Subject): Promise<Check> {
  return attempt(subject, async () => {
    const existing = await nearestExisting(path);
    const writable = await access(existing, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!(await stat(existing)).isDirectory())
      return missing(subject, `${existing} is no directory`);
    if (!writable) return missing(subject, `${existing} is not writable`);
    return ok(subject, existing === path ? `${path} is writable` : `${path} can be made`);
  });
}

export function checkFreeSpace(path: string): Promise<Check> {
  const subject: Subject = {
    name: "free space",
    essential: true,
    why: "captures are kept on this disk, for ever unless retention is set",
    remedy: "free some space, or keep state on another disk with --state",
  };
  return attempt(subject, async () => {
    const at = await nearestExisting(path);
    const { bavail, bsize } = await statfs(at);
    const found = `${((bavail * bsize) / 1e9).toFixed(1)} GB for ${path}`;
    if (bavail * bsize < freeBytesMin) return missing(subject, found);
    return bavail * bsize < freeBytesWanted ? degraded(subject, found) : ok(subject, found);
  });
}

/** A clock far off makes certificates invalid and reports useless; a small error is not seen here. */
export function checkClock(now: number): Check {
  const subject: Subject = {
    name: "clock",
    essential: true,
    why: "certificates, tokens and the times in a report depend on it",
    remedy: "set it: timedatectl set-ntp true",
  };
  const found = new Date(now).toISOString();
  return now >= earliestTime && now < latestTime ? ok(subject, found) : missing(subject, found);
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await stat(at).then(
      () => true,
      () => false,
    );
    if (there || at === dirname(at)) return at;
  }
}
