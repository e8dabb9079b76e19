// Where things are. Plain JavaScript for Node 20, no package: this runs before anything is installed.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The Node that the npm package `node` brings; everything but the set-up runs on it. */
export const pinnedNode = join(projectRoot, "node_modules/node/bin/node");

/** Debian keeps `ip`, `nft` and `nginx` where a plain user's PATH does not look. */
const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** A PATH that begins with the pinned Node and ends with the system's directories. */
export function searchPath(path = process.env.PATH ?? "") {
  const first = [
    join(projectRoot, "node_modules/node/bin"),
    join(projectRoot, "node_modules/.bin"),
  ];
  return [
    ...new Set([...first, ...path.split(delimiter).filter(Boolean), ...systemDirectories]),
  ].join(delimiter);
}

/** The full path of a program, or null when there is none in `path`. */
export function findProgram(name, path = searchPath()) {
  const directory = path.split(delimiter).find((at) => existsSync(join(at, name)));
  return directory === undefined ? null : join(directory, name);
}
