// Meters a network namespace, says that it does, and waits to be killed: `node hold-meter.ts NAMESPACE
// [SETTINGS]`. Then says ten times a second what it has counted.
import { startMetering } from "./metering.ts";

const [, , networkNamespace = "", settings = "{}"] = process.argv;
const { meter } = await startMetering(
  networkNamespace,
  JSON.parse(settings) as Record<string, unknown>,
);
process.stdout.write("ready\n");
setInterval(() => process.stdout.write(`${JSON.stringify(meter.health())}\n`), 100);
