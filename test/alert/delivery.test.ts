// Deliveries over real HTTP and HTTPS, with a real state.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deliveryKey, shownUrl, type Delivery } from "../../src/alert/delivery.ts";
import {
  deliverySettings,
  startDeliveryQueue,
  type DeliveryQueue,
} from "../../src/alert/delivery-queue.ts";
import { systemClock } from "../../src/common/clock.ts";
import type { DocumentTable } from "../../src/common/documents.ts";
import { createLog } from "../../src/common/log.ts";
import { openState, type State } from "../../src/state/state.ts";

let directory: string;
let state: State;
let table: DocumentTable<Delivery>;
let queue: DeliveryQueue | undefined;
let server: Server | undefined;
let calls: { url: string; body: string; type: string | undefined }[];
/** What the receiver answers, call by call; null never answers. The last one stays. */
let answers: (number | null)[];
let logged: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "nightcap-delivery-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  table = state.documents<Delivery>("deliveries");
  calls = [];
  answers = [200];
  logged = "";
});
afterEach(async () => {
  await queue?.close();
  queue = undefined;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  server = undefined;
  await state.close();
  rmSync(directory, { recursive: true });
});

async function receiver(tls?: { key: string; cert: string }): Promise<string> {
  server = tls ? createTlsServer(tls) : createServer();
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      calls.push({ url: request.url ?? "", body, type: request.headers["content-type"] });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (typeof answer === "number") response.writeHead(answer).end("ok");
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const delivery = (url: string, name = "responder"): Delivery => ({
  transitionId: "a-fired",
  alertId: "a",
  ruleId: "/r",
  actionGroupId: "/g",
  receiverType: "azureFunctionReceivers",
  receiverName: name,
  state: "Pending",
  reason: null,
  url,
  body: '{"schemaId":"x"}',
  attempts: [],
  createdTime: 0,
  finishedTime: null,
});
const add = async (item: Delivery): Promise<string> => {
  await table.put(deliveryKey(item), item, { dueAt: Date.now() });
  return deliveryKey(item);
};
function start(settings: object = {}, certificateAuthorityPem?: string): void {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  queue = startDeliveryQueue({
    table,
    settings: deliverySettings.parse({ retryDelaysMilliseconds: [1, 1, 1, 1, 1], ...settings }),
    clock: systemClock,
    log: createLog({ component: "test", destination }),
    ...(certificateAuthorityPem ? { certificateAuthorityPem } : {}),
  });
}
const ended = async (key: string, want: Delivery["state"]): Promise<Delivery> => {
  const poll = async (): Promise<string | undefined> => {
    queue?.wake();
    return (await table.get(key))?.body.state;
  };
  await expect.poll(poll, { timeout: 20_000 }).toBe(want);
  return (await table.get(key))?.body ?? delivery("");
};

test("posts the payload as JSON once, and no secret is logged", async () => {
  const key = await add(delivery(`${await receiver()}/api/responder?code=TOPSECRET`));
  start();
  expect(await ended(key, "Succeeded")).toMatchObject({
    reason: null,
    attempts: [{ status: 200 }],
  });
  expect(calls).toEqual([
    {
      url: "/api/responder?code=TOPSECRET",
      body: '{"schemaId":"x"}',
      type: "application/json; charset=utf-8",
    },
  ]);
  expect(logged).toContain("alert delivered");
  expect(logged).not.toContain("TOPSECRET");
  expect(shownUrl("https://user:password@host/a?code=1#x")).toBe("https://host/a");
});

test("tries again after 408, 429, 503, 504 and no answer in time", async () => {
  answers = [408, 429, 503, 504, null, 202];
  const key = await add(delivery(await receiver()));
  start({ timeoutMilliseconds: 300 });
  const done = await ended(key, "Succeeded");
  expect(done.attempts.map(({ status, error }) => status ?? error)).toEqual([
    408,
    429,
    503,
    504,
    "no answer in 300 ms",
    202,
  ]);
});

test.each([400, 401, 404, 500, 302])("takes %i as the last word", async (status) => {
  answers = [status];
  const key = await add(delivery(await receiver()));
  start();
  expect(await ended(key, "Failed")).toMatchObject({ reason: `answer ${status}` });
  expect(calls).toHaveLength(1);
});

test("after all retries the endpoint has silence, also in the next process, and then the rest is delivered", async () => {
  answers = [503];
  const url = await receiver();
  const first = await add(delivery(`${url}/x?code=1`));
  start({ silenceMilliseconds: 600_000 });
  expect(await ended(first, "Failed")).toMatchObject({ reason: "answer 503, after 6 attempts" });
  expect(calls).toHaveLength(6);
  await queue?.close();
  answers = [200];
  const second = await add(delivery(`${url}/x?code=2`, "other"));
  start({ silenceMilliseconds: 600_000 });
  await expect
    .poll(async () => ((await table.get(second))?.dueAt ?? 0) > Date.now() + 60_000)
    .toBe(true);
  expect(calls).toHaveLength(6);
  await queue?.close();
  await table.put(second, delivery(`${url}/x?code=2`, "other"), { dueAt: 0 });
  start({ silenceMilliseconds: 0 });
  await ended(second, "Succeeded");
});

test("a connection that is refused is tried again, and says so in the end", async () => {
  const url = await receiver();
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  const key = await add(delivery(url));
  start();
  const failed = await ended(key, "Failed");
  expect(failed.reason).toMatch(/ECONNREFUSED.*after 6 attempts/);
});

test("a delivery cut off by a restart is made by the next process", async () => {
  answers = [null, 200];
  const key = await add(delivery(await receiver()));
  start();
  await expect.poll(() => calls.length).toBe(1);
  await queue?.close();
  expect((await table.get(key))?.body).toMatchObject({ state: "Pending", attempts: [] });
  start();
  await ended(key, "Succeeded");
  expect(calls).toHaveLength(2);
});

test("an endpoint that hangs does not keep others waiting", async () => {
  answers = [null];
  const hanging = await receiver();
  for (let n = 0; n < 30; n++) await add(delivery(hanging, `h${n}`));
  const good = createServer((_, response) => void response.end("ok"));
  await new Promise<void>((resolve) => good.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(good.address() as AddressInfo).port}`;
  const key = await add(delivery(url, "good"));
  start();
  await ended(key, "Succeeded");
  expect(calls.length).toBeLessThanOrEqual(4);
  good.closeAllConnections();
  await new Promise((resolve) => good.close(resolve));
});

test("the record of a finished delivery goes after its time", async () => {
  const key = await add(delivery(await receiver()));
  start({ finishedKeptMilliseconds: 0 });
  await expect
    .poll(async () => {
      queue?.wake();
      return table.get(key);
    })
    .toBeNull();
  expect(calls).toHaveLength(1);
});

test("trusts the given certificate authority, and no other", async () => {
  const [keyPath, certificatePath] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...curve,
      "-days",
      "2",
      ...subject,
      "-keyout",
      keyPath,
      "-out",
      certificatePath,
    ],
    { stdio: "pipe" },
  );
  const cert = readFileSync(certificatePath, "utf8");
  const url = await receiver({ key: readFileSync(keyPath, "utf8"), cert });
  const untrusted = await add(delivery(url, "untrusted"));
  start({ retryDelaysMilliseconds: [], silenceMilliseconds: 0 });
  expect((await ended(untrusted, "Failed")).reason).toMatch(/self-signed/);
  await queue?.close();
  const trusted = await add(delivery(url, "trusted"));
  start({}, cert);
  await ended(trusted, "Succeeded");
});
