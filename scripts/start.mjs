// `npm start`: sets up what is missing, then `nightcap up` on the pinned Node.
import { join } from "node:path";
import { handOver } from "./setup/child.mjs";
import { pinnedNode, projectRoot } from "./setup/paths.mjs";
import { setUpToRun } from "./setup/setup.mjs";

await setUpToRun();
const main = join(projectRoot, "src/main.ts");
process.exitCode = await handOver(pinnedNode, [main, "up", ...process.argv.slice(2)]);
