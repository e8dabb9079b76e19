// The responder as a process that may be killed: handler and loop on a port that it prints.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { customCloud } from "../../src/responder/clouds.ts";
import { openResponder } from "./open-responder.ts";

const bed = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as {
  directory: string;
  url: string;
  ca: string;
  webhookUrl: string;
  connection: Parameters<typeof openResponder>[0]["connection"];
};
const cloud = customCloud({ resourceManagerUrl: bed.url, authorityHost: bed.url });
const responder = await openResponder(
  { ...bed, connection: { ...bed.connection, cloud } },
  { file: "crash.db", storm: {} },
);
responder.start();

/** Node keeps what it compiled for the next process when it ends, and this one is killed instead. */
let isKept = false;
function keepCompiled(): void {
  if (!isKept) flushCompileCache();
  isKept = true;
}

const server = createServer((incoming, outgoing) => {
  void (async () => {
    if (incoming.method === "GET") {
      const jobs = await responder.listJobs();
      if (jobs.at(-1)?.step === "done") keepCompiled();
      return outgoing.end(JSON.stringify(jobs));
    }
    const request = new Request(`http://127.0.0.1${incoming.url}`, {
      method: "POST",
      headers: incoming.headers as Record<string, string>,
      body: new Uint8Array(await buffer(incoming)),
    });
    const response = await responder.handler(request);
    return outgoing.writeHead(response.status).end(await response.text());
  })();
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
