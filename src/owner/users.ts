import { readFileSync, statSync } from "node:fs";

const passwdPath = "/etc/passwd";
const fileBytesMax = 4 << 20;
const lookMilliseconds = 10_000;

/** Names of users by number. */
export interface Users {
  nameOf(uid: number): string | null;
}

/**
 * The host's own users, read again when the file changes. Those of a directory service are not asked for (that
 * may take seconds), nor those of a container's own file: what is not in the file stays a number.
 */
export function createUsers(path: string = passwdPath): Users {
  let names = new Map<number, string>();
  let changedAt = -1;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const refresh = (): void => {
    const now = performance.now();
    if (now - lookedAt < lookMilliseconds) return;
    lookedAt = now;
    try {
      const { mtimeMs, size } = statSync(path);
      if (mtimeMs === changedAt || size > fileBytesMax) return;
      names = parsePasswd(readFileSync(path, "utf8"));
      changedAt = mtimeMs;
    } catch {
      // What was read before is better than nothing.
    }
  };
  return {
    nameOf(uid) {
      refresh();
      return names.get(uid) ?? null;
    },
  };
}

/** passwd(5): the first entry of a number gives its name. */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    if (name === "" || !/^\d{1,10}$/.test(uid) || names.has(Number(uid))) continue;
    names.set(Number(uid), name.slice(0, 256));
  }
  return names;
}
