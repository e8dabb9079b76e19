// npm's part of the set-up: node_modules as package-lock.json says, and the pinned Node in it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly, SetupError } from "./child.mjs";
import { pinnedNode, projectRoot } from "./paths.mjs";

const installTimeoutMilliseconds = 15 * 60_000;

/** Brings node_modules to the state of package-lock.json; does nothing when it is there already. */
export async function ensureNodePackages(root = projectRoot) {
  const reason = staleReason(root);
  if (reason !== null) await install(root, reason);
  const node = join(root, "node_modules/node/bin/node");
  if (existsSync(node)) return;
  // npm 11 and newer run a package's install script only when it is approved, and a user may have
  // switched all of them off: then the package `node` is there without its program.
  const command = [process.execPath, "installArchSpecificPackage.js"];
  const result = await runQuietly(command[0], command.slice(1), {
    what: "fetching the pinned Node",
    cwd: join(root, "node_modules/node"),
    timeoutMilliseconds: installTimeoutMilliseconds,
  });
  if (result.code !== 0) throw failed(command, root, result);
  if (!existsSync(node)) throw new SetupError(`npm left no program at ${pinnedNode}`);
}

async function install(root, reason) {
  const options = { cwd: root, timeoutMilliseconds: installTimeoutMilliseconds };
  // Of a silent npm above us (`npm -s start`) this one would learn to keep its reasons to itself.
  const flags = ["--no-audit", "--no-fund", "--loglevel=notice"];
  const clean = await runQuietly("npm", ["ci", ...flags], {
    what: `installing npm packages (${reason})`,
    ...options,
  });
  if (clean.code === 0) return;
  if (!clean.output.includes("EUSAGE")) throw failed(["npm", "ci"], root, clean);
  // npm 11 refuses a package-lock.json without an entry for every package of every other system,
  // also where the registry that wrote it had none. Install the same versions, and check them here.
  const lenient = ["install", "--no-save", ...flags];
  const result = await runQuietly("npm", lenient, {
    what: "npm ci refuses this lock file; npm install with the same versions",
    ...options,
  });
  if (result.code !== 0) throw failed(["npm", ...lenient], root, result);
  const left = staleReason(root);
  if (left !== null) throw new SetupError(`npm did not install what it was told to: ${left}`);
}

/**
 * Why node_modules is not what package-lock.json says, or null. npm writes what it installed to
 * node_modules/.package-lock.json as its last act, so this needs no stamp of our own, and an `npm
 * install` by hand counts too. Only packages for other systems may be missing.
 */
export function staleReason(root) {
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  if (installed === null) return "none here yet";
  const wanted = readPackages(join(root, "package-lock.json"));
  if (wanted === null) throw new SetupError(`no readable package-lock.json in ${root}`);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    if (found === undefined && entry.optional) continue;
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) {
      return `package-lock.json has another ${path.replace("node_modules/", "")}`;
    }
  }
  return null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

const failed = (command, cwd, { code, output }) =>
  new SetupError(`${command.join(" ")} failed in ${cwd} (exit code ${code})\n${output.trim()}`);
