// Set Blob Legal Hold by Azure's SDK: what is held stays as it is, whatever is asked and whoever asks.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AnonymousCredential,
  BlobSASPermissions,
  BlobServiceClient,
  BlockBlobClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  newPipeline,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BlobError } from "../../src/storage/blob-error.ts";
import { openBlobStore } from "../../src/storage/blob-store.ts";
import { account, type BlobServer, key, makeCertificate, startBlobServer } from "./blob-server.ts";

const certificate = makeCertificate();
const tls = { tlsOptions: { ca: certificate.certificatePem }, retryOptions: { maxTries: 1 } };
const credential = new StorageSharedKeyCredential(account, key);
const immutable = { statusCode: 409, code: "BlobImmutableDueToLegalHold" };
let directory: string;
let server: BlobServer;
let container: ContainerClient;
let storeDirectory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-hold-"));
  storeDirectory = join(directory, "store");
  server = await startBlobServer({
    directory: storeDirectory,
    certificate,
    guard: {
      holdOf: ({ blob }) => (blob.startsWith("guarded") ? "Someone holds it." : null),
      async admit(_address, sizeBytes) {
        if (sizeBytes > 100_000) throw new BlobError("InsufficientStorage", "No place.");
      },
    },
  });
  container = service().getContainerClient("holds");
  await container.create();
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const service = (): BlobServiceClient =>
  new BlobServiceClient(`${server.origin}/${account}`, newPipeline(credential, tls));

async function putHeld(name: string): Promise<BlockBlobClient> {
  const blob = container.getBlockBlobClient(name);
  await blob.upload("evidence", 8);
  await blob.setLegalHold(true);
  return blob;
}
const contentOf = async (blob: BlockBlobClient): Promise<string> =>
  (await blob.downloadToBuffer()).toString();
function urlFor(blob: BlockBlobClient, letters: string): string {
  const permissions = BlobSASPermissions.parse(letters);
  const expiresOn = new Date(Date.now() + 60_000);
  const of = { containerName: "holds", blobName: blob.name, permissions, expiresOn };
  return `${blob.url}?${generateBlobSASQueryParameters(of, credential).toString()}`;
}
const id = Buffer.from("1").toString("base64");

test("a held blob says so, keeps its etag, and is free again when the hold is cleared", async () => {
  const blob = container.getBlockBlobClient("told");
  const { etag } = await blob.upload("evidence", 8);
  expect((await blob.getProperties()).legalHold).toBeUndefined();
  expect(await blob.setLegalHold(true)).toMatchObject({ legalHold: true });
  expect(await blob.getProperties()).toMatchObject({ legalHold: true, etag });
  const listed = [];
  for await (const each of container.listBlobsFlat({ includeLegalHold: true, prefix: "told" }))
    listed.push(each.properties.legalHold);
  expect(listed).toEqual([true]);
  await expect(blob.delete()).rejects.toMatchObject(immutable);
  expect(await blob.setLegalHold(false)).toMatchObject({ legalHold: false });
  await blob.delete();
});

test("nothing that changes, replaces or deletes a held blob is done", async () => {
  const blob = await putHeld("kept");
  const other = container.getBlockBlobClient("other");
  await other.upload("other", 5);
  await expect(blob.upload("altered!", 8)).rejects.toMatchObject(immutable);
  await expect(blob.stageBlock(id, "x", 1)).rejects.toMatchObject(immutable);
  await expect(blob.commitBlockList([])).rejects.toMatchObject(immutable);
  await expect(blob.setMetadata({ a: "b" })).rejects.toMatchObject(immutable);
  await expect(blob.setHTTPHeaders({ blobContentType: "a/b" })).rejects.toMatchObject(immutable);
  await expect(blob.syncCopyFromURL(other.url)).rejects.toMatchObject(immutable);
  await expect(
    container.getAppendBlobClient("kept").create({ conditions: {} }),
  ).rejects.toMatchObject(immutable);
  await expect(blob.delete()).rejects.toMatchObject(immutable);
  await expect(container.delete()).rejects.toMatchObject({ code: "ContainerHasLegalHold" });
  expect(await contentOf(blob)).toBe("evidence");
  const copy = container.getBlockBlobClient("copy");
  await copy.syncCopyFromURL(blob.url);
  await copy.delete();
});

test("an append blob that is held does not grow", async () => {
  const blob = container.getAppendBlobClient("appended");
  await blob.create();
  await blob.appendBlock("one", 3);
  await blob.setLegalHold(true);
  await expect(blob.appendBlock("two", 3)).rejects.toMatchObject(immutable);
  expect((await blob.getProperties()).contentLength).toBe(3);
});

test("a hold is there after the store was opened again", async () => {
  await putHeld("restarted");
  const again = await openBlobStore({ kind: "directory", directory: storeDirectory });
  const address = { container: "holds", blob: "restarted" };
  await expect(again.deleteBlob(address)).rejects.toMatchObject({ code: immutable.code });
  await again.close();
});

test("what the guard holds may come, and then neither change nor be let go by an account key", async () => {
  const blob = container.getBlockBlobClient("guarded.cap");
  await blob.stageBlock(id, "evidence", 8);
  await blob.commitBlockList([id]);
  expect((await blob.getProperties()).legalHold).toBe(true);
  await expect(blob.upload("altered!", 8)).rejects.toMatchObject(immutable);
  await expect(blob.delete()).rejects.toThrow("Someone holds it.");
  await blob.setLegalHold(true);
  await expect(blob.setLegalHold(false)).rejects.toMatchObject(immutable);
  expect(await contentOf(blob)).toBe("evidence");
});

test("what the guard does not admit is 507, before any of it is kept", async () => {
  const blob = container.getBlockBlobClient("large");
  const bytes = Buffer.alloc(100_001);
  await expect(blob.upload(bytes, bytes.length)).rejects.toMatchObject({ statusCode: 507 });
  await expect(blob.stageBlock(id, bytes, bytes.length)).rejects.toMatchObject({
    code: "InsufficientStorage",
  });
  await blob.upload("small", 5);
});

test("a SAS holds with its own letter only", async () => {
  const blob = container.getBlockBlobClient("by-sas");
  await blob.upload("evidence", 8);
  const withLetters = (letters: string): BlockBlobClient =>
    new BlockBlobClient(urlFor(blob, letters), newPipeline(new AnonymousCredential(), tls));
  await expect(withLetters("racwd").setLegalHold(true)).rejects.toMatchObject({
    code: "AuthorizationPermissionMismatch",
  });
  await withLetters("i").setLegalHold(true);
  await expect(withLetters("d").delete()).rejects.toMatchObject(immutable);
});

test("a hold of neither true nor false, and one on nothing, are refused", async () => {
  const blob = container.getBlockBlobClient("none");
  await expect(blob.setLegalHold(true)).rejects.toMatchObject({ code: "BlobNotFound" });
  await blob.upload("x", 1);
  const headers = { "x-ms-legal-hold": "maybe" };
  const request = new Request(`${urlFor(blob, "i")}&comp=legalhold`, { method: "PUT", headers });
  const answer = await server.handle(request);
  expect([answer.status, answer.headers.get("x-ms-error-code")]).toEqual([
    400,
    "InvalidHeaderValue",
  ]);
});
