// `npm run check`: everything a machine can say of the code without running it.
import { availableParallelism } from "node:os";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { runChecks, allChecks } from "./setup/checks.mjs";

await ensureNodePackages();
const failed = await runChecks(allChecks, { concurrency: availableParallelism() });
process.exitCode = failed.length > 0 ? 1 : 0;
