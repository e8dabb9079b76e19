// Run by the drill inside its namespaces: `traffic.ts server ADDRESS` `traffic.ts calm ADDRESS` or `traffic.ts burst ADDRESS`.
import { createServer, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const port = 80;
const uploadSizeBytes = 150_000;
const uploadIntervalMilliseconds = 100;
/** The server is started at the same time, and refuses nobody once it listens. */
const serverStartMilliseconds = 1_000;
const calmSizeBytes = 2_000;
const calmIntervalMilliseconds = 250;
/** Bounded, whatever happens to the drill: it ends by itself. */
const burstMilliseconds = 60_000;
const serverMilliseconds = 120_000;

/** A file-drop of the kind that exfiltration uses: takes whatever is posted. */
function serve(address: string): void {
  const server = createServer((incoming, answer) => {
    incoming.resume();
    incoming.on("end", () => answer.end("stored\n"));
  });
  server.listen(port, address, () => process.stdout.write("ready\n"));
  setTimeout(() => process.exit(0), serverMilliseconds);
}

function upload(address: string, name: string, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection for each upload, so that the report has handshakes to measure.
    const outgoing = request({
      host: address,
      port,
      path: `/drop/${name}`,
      method: "POST",
      agent: false,
    });
    outgoing.on("error", reject);
    outgoing.on("response", (answer) => {
      answer.resume();
      answer.on("end", resolve);
    });
    outgoing.setHeader("host", "drop.example.com");
    outgoing.end(Buffer.alloc(sizeBytes, "nightcap drill "));
  });
}

/** What the machine sends on a quiet day: there must be something to tell the burst from. */
async function calm(address: string): Promise<void> {
  await sleep(serverStartMilliseconds);
  const end = Date.now() + serverMilliseconds;
  while (Date.now() < end) {
    await upload(address, "status.json", calmSizeBytes).catch(() => {});
    await sleep(calmIntervalMilliseconds);
  }
}

async function burst(address: string): Promise<void> {
  const end = Date.now() + burstMilliseconds;
  for (let number = 1; Date.now() < end; number++) {
    await upload(address, `part-${number}.bin`, uploadSizeBytes).catch(() => {});
    await sleep(uploadIntervalMilliseconds);
  }
}

const [role, address = ""] = process.argv.slice(2);
// The parent's end of this pipe closes when it dies: so does this process.
process.stdin.on("end", () => process.exit(0)).resume();
if (role === "server") serve(address);
else await (role === "calm" ? calm : burst)(address).finally(() => process.exit(0));
