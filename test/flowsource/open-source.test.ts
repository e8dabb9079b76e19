import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  BlockBlobClient,
  newPipeline,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowSource, SourceBlob } from "../../src/flowsource/flow-source.ts";
import { openFlowSource, type SourceOptions } from "../../src/flowsource/open-source.ts";
import {
  account,
  type BlobServer,
  key,
  makeCertificate,
  startBlobServer,
} from "../storage/blob-server.ts";
import { type S3Server, s3Bucket, s3Variables, startS3Server } from "./s3-server.ts";

const layout = "flowLogResourceID=/SUB_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_LOG";
const big = randomBytes(3_000_000);
const files: Record<string, Buffer> = {
  [`logs/${layout}/y=2026/m=11/d=21/h=10/m=00/macAddress=0011AABBCCDD/PT1H.json`]: big,
  "logs/other/a b+c'(1).json": Buffer.from("two words"),
  "logs/other/packed.json.gz": Buffer.from("gz"),
  "logs/other/notes.txt": Buffer.from("no flow log"),
  "elsewhere/x.json": Buffer.from("outside of the prefix"),
};
const logNames = Object.keys(files).filter((name) => /^logs.*json/.test(name));
const signal = AbortSignal.timeout(60_000);
const certificate = makeCertificate();
const directory = mkdtempSync(join(tmpdir(), "nightcap-sources-"));
let blobServer: BlobServer;
let s3: S3Server;
/** Bytes after which the store's next answers are cut. */
const storeCuts: number[] = [];

beforeAll(async () => {
  s3 = await startS3Server();
  blobServer = await startBlobServer({
    directory: join(directory, "store"),
    certificate,
    onRequest: cutDownload,
  });
  await blobServer.store.createContainer("flows");
  for (const [name, bytes] of Object.entries(files)) {
    s3.objects.set(name, bytes);
    const path = join(directory, "tree", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    const address = { container: "flows", blob: name };
    await putBlob(address, bytes);
  }
});

afterAll(async () => {
  await s3.close();
  await blobServer.close();
  rmSync(directory, { recursive: true });
});

/** Two blocks, as a flow log grows. */
async function putBlob(address: { container: string; blob: string }, bytes: Buffer): Promise<void> {
  const path = address.blob.split("/").map(encodeURIComponent).join("/");
  const url = `${blobServer.origin}/${account}/${address.container}/${path}`;
  const options: StoragePipelineOptions & { tlsOptions: { ca: string } } = {
    tlsOptions: { ca: certificate.certificatePem },
  };
  const credential = new StorageSharedKeyCredential(account, key);
  const client = new BlockBlobClient(url, newPipeline(credential, options));
  const half = bytes.length > 4 ? 4 : 1;
  await client.stageBlock("AAAA", bytes.subarray(0, half), half);
  await client.stageBlock("AAAB", bytes.subarray(half), bytes.length - half);
  await client.commitBlockList(["AAAA", "AAAB"]);
}

async function cutDownload(request: Request): Promise<Response | null> {
  if (request.method !== "GET" || !request.headers.has("x-ms-range")) return null;
  const cut = storeCuts.shift();
  if (cut === undefined) return null;
  const whole = await blobServer.handle(request);
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, cut));
      setTimeout(() => controller.error(new Error("cut by the test")), 5);
    },
  });
  return new Response(body, { status: whole.status, headers: whole.headers });
}

const embeddedOptions = (): SourceOptions => ({
  variables: {},
  knownStore: async () => ({
    accountKey: key,
    certificateAuthorityPem: certificate.certificatePem,
  }),
});
const s3Options = (): SourceOptions => ({ variables: s3Variables, s3Endpoint: s3.endpoint });

const places = [
  {
    name: "a folder",
    open: (prefix: string) => openFlowSource(join(directory, "tree", prefix), { variables: {} }),
    strip: "logs/",
    cuts: () => [],
  },
  {
    name: "the embedded store",
    open: (prefix: string) =>
      openFlowSource(`${blobServer.origin}/${account}/flows/${prefix}`, embeddedOptions()),
    strip: "",
    cuts: () => storeCuts,
  },
  {
    name: "S3",
    open: (prefix: string) => openFlowSource(`s3://${s3Bucket}/${prefix}`, s3Options()),
    strip: "",
    cuts: () => s3.cuts,
  },
];

async function listAll(source: FlowSource): Promise<SourceBlob[]> {
  return Array.fromAsync(source.list(signal));
}

async function readAll(source: FlowSource, blob: SourceBlob, start: number, end: number) {
  return Buffer.concat(await Array.fromAsync(source.read(blob, { start, end }, signal)));
}

describe.each(places)("$name", ({ open, strip, cuts }) => {
  test("lists the flow logs below a prefix, with sizes", async () => {
    const found = await listAll(await open("logs/"));
    expect(
      Object.fromEntries(found.map(({ name, sizeBytes }) => [strip + name, sizeBytes])),
    ).toEqual(Object.fromEntries(logNames.map((name) => [name, files[name]?.length])));
    expect(found.every(({ etag, modifiedAt }) => etag !== "" && modifiedAt > 1e12)).toBe(true);
  });

  test("reads a part of a blob, through a connection that is cut", async () => {
    const source = await open("logs/");
    const blob = (await listAll(source)).find(({ name }) => name.endsWith("PT1H.json"));
    if (!blob) throw new Error("the flow log is not listed");
    cuts().push(1, 700_000, 30_000);
    const part = await readAll(source, blob, 100, 2_900_000);
    expect(part.equals(big.subarray(100, 2_900_000))).toBe(true);
    expect(cuts()).toEqual([]);
  });
});

test("a store tells the blocks of a blob", async () => {
  const source = await places[1]?.open("logs/flowLog");
  const [blob] = source ? await listAll(source) : [];
  expect(blob && (await source?.blocks?.(blob, signal))).toEqual([
    { id: "AAAA", sizeBytes: 4 },
    { id: "AAAB", sizeBytes: big.length - 4 },
  ]);
});

test("a blob that changed after it was listed is not read as if it were the old one", async () => {
  s3.objects.set("logs/changing.json", Buffer.from("first version"));
  const source = await openFlowSource(`s3://${s3Bucket}/logs/changing`, s3Options());
  const [blob] = await listAll(source);
  s3.objects.set("logs/changing.json", Buffer.from("other version"));
  await expect(blob && readAll(source, blob, 0, 5)).rejects.toMatchObject({
    code: "PreconditionFailed",
  });
  s3.objects.delete("logs/changing.json");
});

test("a service that fails for a moment is asked again, one that fails for good is named", async () => {
  s3.failures.push(503, 500);
  expect(
    await listAll(await openFlowSource(`s3://${s3Bucket}/logs/other/a`, s3Options())),
  ).toHaveLength(1);
  await expect(openAndList(`s3://no-such-bucket/`, s3Options())).rejects.toThrow(
    /NoSuchBucket.*is the bucket's name right/,
  );
});

async function openAndList(place: string, options: SourceOptions): Promise<SourceBlob[]> {
  return listAll(await openFlowSource(place, options));
}

test.each([
  ["/no/such/folder", /cannot read \/no\/such\/folder: there is no such file or folder/],
  ["ftp://host/x", /ftp:\/\/ is not known here; give a file, a folder, https/],
  ["https://account.blob.core.windows.net/", /names no container: give https/],
  ["s3:///x", /s3/],
])("%s is refused with what to give instead", async (place, message) => {
  await expect(openAndList(place, { variables: s3Variables })).rejects.toThrow(message);
});

test("credentials that do not fit are told with what to do, and never shown", async () => {
  const variables = { ...s3Variables, AWS_SECRET_ACCESS_KEY: "wrong-secret" };
  const refusal = openAndList(`s3://${s3Bucket}/`, { ...s3Options(), variables });
  await expect(refusal).rejects.toThrow(/SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/);
  await expect(refusal).rejects.not.toThrow(/wrong-secret/);
  await expect(openAndList(`s3://${s3Bucket}/`, { variables: {} })).rejects.toThrow(
    /set AWS_ACCESS_KEY_ID/,
  );
  const signed = `${blobServer.origin}/${account}/flows/logs/?sv=2022-11-02&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=bm90LXZhbGlk`;
  const stranger = openAndList(signed, embeddedOptions());
  await expect(stranger).rejects.toThrow(/403.*permissions read and list/);
  await expect(stranger).rejects.not.toThrow(/bm90/);
});
