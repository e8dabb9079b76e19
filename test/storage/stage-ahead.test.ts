// Blocks of a file that is still being written are sent already, and nothing depends on that.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import { signBlobUrl } from "../../src/storage/access/sas.ts";
import { stageAhead } from "../../src/storage/transfer/stage-ahead.ts";
import { uploadFile, type UploadOptions } from "../../src/storage/transfer/upload.ts";
import { account, type BlobServer, key, makeCertificate, startBlobServer } from "./blob-server.ts";

const certificate = makeCertificate();
const blockSizeBytes = 64 * 1_024;
const content = randomBytes(blockSizeBytes * 6 + 1_000);
const sha256 = createHash("sha256").update(content).digest("hex");

let address = { container: "captures", blob: "" };

let directory: string;
let file: string;
let server: BlobServer;
let blocks: { id: string; md5: string | null }[];
let refused: number | null;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-ahead-"));
  server = await startBlobServer({
    directory: join(directory, "store"),
    certificate,
    async onRequest(request) {
      const { searchParams } = new URL(request.url);
      if (searchParams.get("comp") !== "block") return null;
      if (refused !== null) return new Response(null, { status: refused });
      const id = searchParams.get("blockid") ?? "";
      blocks.push({ id, md5: request.headers.get("content-md5") });
      return null;
    },
  });
  await server.store.createContainer("captures");
});

beforeEach(async () => {
  file = join(directory, "capture.cap");
  await rm(file, { force: true });
  address = { container: "captures", blob: `${randomBytes(8).toString("hex")}.cap` };
  blocks = [];
  refused = null;
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const options = (more: Partial<UploadOptions> = {}): UploadOptions => ({
  path: file,
  url: signBlobUrl({
    blobUrl: `${server.origin}/${account}/${address.container}/${address.blob}`,
    account,
    key,
    permissions: "rcw",
    expiresAt: Date.now() + 600_000,
  }),
  certificateAuthorityPem: certificate.certificatePem,
  signal: new AbortController().signal,
  blockSizeBytes,
  isCompared: true,
  log: silentLog,
  ...more,
});

const stored = async (): Promise<Buffer> => {
  const { stream } = await server.store.read(address);
  return Buffer.concat(await Array.fromAsync(stream));
};

/** Writes the file in steps as `stageAhead` hears of them; all but the end is there when it is closed. */
async function writeBeside(uploading: UploadOptions): Promise<readonly string[]> {
  const ahead = stageAhead(uploading);
  const output = await open(file, "w");
  const half = blockSizeBytes * 3 + 10;
  await output.write(content, 0, half);
  ahead.written(half);
  if (refused === null) await vi.waitFor(() => expect(blocks).toHaveLength(3), 5_000);
  await output.write(content, half);
  await output.close();
  ahead.written(content.length);
  if (refused === null) await vi.waitFor(() => expect(blocks).toHaveLength(6), 5_000);
  return ahead.close();
}

test("what was sent ahead is not sent again, nor is the file hashed where the store compares", async () => {
  const ahead = await writeBeside(options());
  expect(ahead).toHaveLength(6);
  expect(blocks.every(({ md5 }) => md5 === null)).toBe(true);
  const sent = await uploadFile(options({ sha256, ahead }));
  expect(sent).toEqual({ sizeBytes: content.length, sha256, resumedBlocks: 6 });
  expect(blocks).toHaveLength(7);
  expect(await stored()).toEqual(content);
  expect(await server.store.blob(address)).toMatchObject({ sha256 });
});

test("to a store that does not compare, each block goes with its MD5 and the file is hashed", async () => {
  const azure = { isCompared: false };
  const ahead = await writeBeside(options(azure));
  const claimed = "0".repeat(64);
  const sent = await uploadFile(options({ ...azure, sha256: claimed, ahead }));
  expect(sent).toEqual({ sizeBytes: content.length, sha256, resumedBlocks: 6 });
  expect(blocks.every(({ md5 }) => md5 !== null)).toBe(true);
});

test("a file that became another is not taken for what was sent ahead", async () => {
  const ahead = await writeBeside(options());
  const other = Buffer.from(content);
  other[blockSizeBytes + 5] = (other[blockSizeBytes + 5] ?? 0) ^ 1;
  await writeFile(file, other);
  const otherSha256 = createHash("sha256").update(other).digest("hex");
  const sent = await uploadFile(options({ sha256: otherSha256, ahead }));
  expect(sent).toEqual({ sizeBytes: content.length, sha256: otherSha256, resumedBlocks: 0 });
  expect(await stored()).toEqual(other);
});

test("a block that the store lost half of in a crash is found at the end, and all are sent again", async () => {
  const ahead = await writeBeside(options());
  const folder = join(directory, "store/containers/captures");
  const names = await readdir(folder, { recursive: true });
  const blob = createHash("sha256").update(address.blob).digest("hex");
  const block = names.find((name) => name.includes(`${blob}/1-00000002`)) ?? "";
  const path = join(folder, block);
  const bytes = await readFile(path);
  await writeFile(path, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100)]));
  const sent = await uploadFile(options({ sha256, ahead }));
  expect(sent).toEqual({ sizeBytes: content.length, sha256, resumedBlocks: 0 });
  expect(await stored()).toEqual(content);
});

test("a wrong claim is refused, however often the blocks are sent", async () => {
  await writeFile(file, content);
  const wrong = uploadFile(options({ sha256: "0".repeat(64) }));
  await expect(wrong).rejects.toThrow(/InvalidMetadata/);
});

test("a store that refuses ends the head start without a delay, and the upload does all", async () => {
  refused = 503;
  const startedAt = performance.now();
  expect(await writeBeside(options())).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  refused = null;
  const sent = await uploadFile(options({ sha256, ahead: [] }));
  expect(sent).toEqual({ sizeBytes: content.length, sha256, resumedBlocks: 0 });
});
