// Downloads by Azure's SDK through the blob service, and who they were by, in the access log.
import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BlobSASPermissions,
  BlockBlobClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { getRequestListener } from "@hono/node-server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import { verifyLog } from "../../../src/evidence/access-log/verify-log.ts";
import { openAccountSecrets } from "../../../src/server/account-secrets.ts";
import { type EvidenceLog, openEvidenceLog } from "../../../src/server/evidence/evidence.ts";
import { serverSettings } from "../../../src/server/settings.ts";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../../src/server/storage.ts";

const name = "nightcapstore";
const key = Buffer.alloc(64, 7).toString("base64");
const bytes = Buffer.alloc(300_000, 5);
let directory: string;
let evidence: EvidenceLog;
let storage: EmbeddedStorage;
let server: Server;
let url: string;

async function start(evidenceSettings: object = {}): Promise<void> {
  const settings = serverSettings.parse({ directory, evidence: evidenceSettings });
  evidence = await openEvidenceLog({ settings, clock: systemClock, log: silentLog });
  storage = await openEmbeddedStorage({
    directory,
    baseUrl: "https://127.0.0.1:8443",
    secrets: await openAccountSecrets(directory, [key, key]),
    remoteAddress: () => "192.0.2.7",
    accesses: evidence.records.blobs,
    clock: systemClock,
    log: silentLog,
  });
  const listener = getRequestListener(storage.handler, { overrideGlobalObjects: false });
  server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/${name}/network-watcher-logs/vm/a.cap`;
}
async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await storage.close();
  await evidence.close();
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-access-"));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(directory, { recursive: true, force: true });
});

const credential = new StorageSharedKeyCredential(name, key);
const client = (): BlockBlobClient =>
  new BlockBlobClient(url, credential, { retryOptions: { maxTries: 1 } });
const entries = async () => {
  const found = await readLog(evidence.log.directory, { after: 0, limit: 100, targets: ["a.cap"] });
  return found.map(({ kind, who, address, offset, sizeBytes, status, complete }) => ({
    kind,
    who: who.kind,
    address,
    offset,
    sizeBytes,
    status,
    complete,
  }));
};

test("an upload, a download by key, a part by SAS and a deletion are there with who and how much", async () => {
  await client().uploadData(bytes);
  expect(await client().downloadToBuffer()).toEqual(bytes);
  const permissions = BlobSASPermissions.parse("r");
  const expiresOn = new Date(Date.now() + 60_000);
  const sas = generateBlobSASQueryParameters(
    { containerName: "network-watcher-logs", blobName: "vm/a.cap", permissions, expiresOn },
    credential,
  ).toString();
  const part = await new BlockBlobClient(`${url}?${sas}`).downloadToBuffer(1_000, 2_000);
  expect(part).toEqual(bytes.subarray(0, 2_000));
  // The end of an answer is recorded when it is sent, which its receiver may see a little before.
  await vi.waitFor(async () => expect((await entries()).at(-1)?.kind).toBe("end"), 30_000);
  await client().delete();
  await vi.waitFor(async () => expect(await entries()).toHaveLength(8), 30_000);
  await evidence.log.sign();
  const who = { address: "192.0.2.7" };
  expect(await entries()).toMatchObject([
    { ...who, kind: "write", who: "key" },
    { kind: "end", status: 201, complete: true },
    { ...who, kind: "download", who: "key", offset: 0, sizeBytes: bytes.length },
    { kind: "end", sizeBytes: bytes.length, complete: true },
    { ...who, kind: "download", who: "sas", offset: 1_000, sizeBytes: 2_000 },
    { kind: "end", who: "sas", status: 206, sizeBytes: 2_000, complete: true },
    { ...who, kind: "delete", who: "key" },
    { kind: "end", status: 202, complete: true },
  ]);
  const text = JSON.stringify(
    await readLog(evidence.log.directory, { after: 0, limit: 100, targets: [] }),
  );
  expect(text).not.toContain(new URLSearchParams(sas).get("sig"));
  const keys = evidence.keys.publicKeys();
  expect((await verifyLog(evidence.log.directory, { keys })).problems).toEqual([]);
});

/** Nothing can be written any more: the log's folder is a file. */
async function breakLog(): Promise<void> {
  await evidence.log.sign();
  await rm(evidence.log.directory, { recursive: true });
  await writeFile(evidence.log.directory, "");
}

test("what cannot be recorded is refused, and nothing is handed out or deleted", async () => {
  await stop();
  await start({ logSegmentMebibytes: 1 });
  await client().uploadData(bytes);
  await evidence.log.close();
  await breakLog().catch(() => {});
  await expect(client().downloadToBuffer()).rejects.toMatchObject({ statusCode: 503 });
  await expect(client().delete()).rejects.toMatchObject({ code: "ServerBusy" });
  expect((await client().getProperties()).contentLength).toBe(bytes.length);
});
