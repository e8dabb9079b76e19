// `npm run package:azure`: makes dist/azure, see deploy/azure/README.md.
import { realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { handOver } from "../setup/child.mjs";
import { ensureNodePackages } from "../setup/node-packages.mjs";
import { pinnedNode, projectRoot } from "../setup/paths.mjs";

await ensureNodePackages();
if (realpathSync(process.execPath) === realpathSync(pinnedNode)) await writePackage();
// The same bytes on every machine need the same zlib, so the pinned Node's.
else process.exitCode = await handOver(pinnedNode, [fileURLToPath(import.meta.url)]);

async function writePackage() {
  const { packageFunction } = await import("./package-function.mjs");
  const directory = join(projectRoot, "dist/azure");
  const { sizesBytes } = await packageFunction(directory);
  const lines = Object.entries(sizesBytes).map(([name, size]) => `  ${name}, ${size} bytes`);
  process.stdout.write(`${relative(projectRoot, directory)}:\n${lines.join("\n")}\n`);
}
