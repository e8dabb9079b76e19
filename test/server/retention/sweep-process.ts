// Retention in a process of its own, to be killed: DIRECTORY. Prints each capture that it is about to delete.
import { openSlowRetention } from "./sweep-parts.ts";

const [directory = ""] = process.argv.slice(2);
await openSlowRetention(directory, {
  pauseMilliseconds: 5,
  onRecord: (target) => process.stdout.write(`${target}\n`),
});
