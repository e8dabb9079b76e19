// Meters a network namespace, says that it does, and waits to be killed: `node hold-meter.ts NAMESPACE`.
import { startMetering } from "./metering.ts";

await startMetering(process.argv[2] ?? "");
process.stdout.write("ready\n");
setInterval(() => {}, 60_000);
