// Opens a bed, starts a server and a stray process in it, says their names, and waits to be killed.
import { openTestBed } from "./bed.ts";

const bed = await openTestBed();
const server = await bed.startServer("iperf3", "internet");
const stray = bed.spawn("vm", "sh", ["-c", "trap '' TERM HUP; sleep 600 & wait"], {
  stdio: "ignore",
});
const pids = [server.process.pid, stray.pid];
process.stdout.write(`${JSON.stringify({ name: bed.name, directory: bed.directory, pids })}\n`);
setInterval(() => {}, 60_000);
