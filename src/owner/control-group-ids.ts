import { readdirSync, statSync } from "node:fs";
import { type ControlGroup, ofPath } from "./control-group.ts";

/** Where version 2 is mounted: alone, or beside version 1. */
const mounts = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
const directoryCountMax = 20_000;
const depthMax = 32;
const idCountMax = 50_000;
const walkMilliseconds = 10_000;

/** Control groups of version 2 by their numbers, which sockets carry. */
export interface ControlGroupIds {
  /** Null while it is not known; folders are walked every ten seconds at most. */
  groupOf(id: number): ControlGroup | null;
}

/** A group's number is the inode of its folder. A socket of a group that is gone keeps what was known. */
export function createControlGroupIds(roots: readonly string[] = mounts): ControlGroupIds {
  const known = new Map<number, ControlGroup>();
  let walkedAt = Number.NEGATIVE_INFINITY;
  const walk = (): void => {
    const root = roots.find((path) => hasFile(`${path}/cgroup.controllers`));
    if (root === undefined) return;
    if (known.size > idCountMax) known.clear();
    let left = directoryCountMax;
    const visit = (path: string, depth: number): void => {
      if (left-- <= 0 || depth > depthMax) return;
      const id = inodeOf(root + path);
      if (id !== 0) known.set(id, ofPath(path === "" ? "/" : path));
      for (const name of foldersOf(root + path)) visit(`${path}/${name}`, depth + 1);
    };
    visit("", 0);
  };
  return {
    groupOf(id) {
      if (id === 0) return null;
      const now = performance.now();
      if (!known.has(id) && now - walkedAt >= walkMilliseconds) {
        walk();
        walkedAt = now;
      }
      return known.get(id) ?? null;
    },
  };
}

const hasFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function inodeOf(path: string): number {
  try {
    return statSync(path).ino;
  } catch {
    return 0;
  }
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
