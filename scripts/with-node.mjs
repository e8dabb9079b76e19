// `node scripts/with-node.mjs FILE [args]`: runs a TypeScript file of this checkout on the pinned Node.
import { resolve } from "node:path";
import { handOver, say } from "./setup/child.mjs";
import { pinnedNode } from "./setup/paths.mjs";
import { setUpToRun } from "./setup/setup.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  say("usage: node scripts/with-node.mjs FILE [args]");
  process.exit(2);
}
await setUpToRun();
process.exitCode = await handOver(pinnedNode, [resolve(file), ...args]);
