import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import { downloadFile } from "../../src/storage/transfer/download.ts";
import { signBlobUrl, signContainerUrl } from "../../src/storage/access/sas.ts";
import { ensureContainer } from "../../src/storage/transfer/ensure-container.ts";
import { uploadFile, type UploadOptions } from "../../src/storage/transfer/upload.ts";
import { account, key, makeCertificate, startBlobServer, type BlobServer } from "./blob-server.ts";

const certificate = makeCertificate();
const blockSizeBytes = 64 * 1_024;
const blockCount = 24;
const content = randomBytes(blockSizeBytes * blockCount - 1_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const address = { container: "captures", blob: "folder/capture.cap" };

let directory: string;
let file: string;
let server: BlobServer;
let answer: ((request: Request) => Promise<Response | null>) | undefined;
const requests: string[] = [];
const children = new Set<ChildProcess>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-upload-"));
  await writeFile(join(directory, "certificate.json"), JSON.stringify(certificate));
  server = await startBlobServer({
    directory: join(directory, "store"),
    certificate,
    onRequest: async (request) => {
      requests.push(`${request.method} ${new URL(request.url).searchParams.get("comp") ?? ""}`);
      return (await answer?.(request)) ?? null;
    },
  });
});

beforeEach(async () => {
  file = join(directory, "capture.cap");
  await writeFile(file, content);
  answer = undefined;
  if (existsSync(join(directory, "store/containers/captures"))) {
    await server.store.deleteContainer("captures");
  }
  await server.store.createContainer("captures");
  requests.length = 0;
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const urlAt = (origin: string, permissions = "rcw"): string =>
  signBlobUrl({
    blobUrl: `${origin}/${account}/${address.container}/${address.blob}`,
    account,
    key,
    permissions,
    expiresAt: Date.now() + 600_000,
  });

const options = (more: Partial<UploadOptions> = {}): UploadOptions => ({
  path: file,
  url: urlAt(server.origin),
  certificateAuthorityPem: certificate.certificatePem,
  signal: new AbortController().signal,
  blockSizeBytes,
  log: silentLog,
  ...more,
});

const putBlocks = (): number => requests.filter((request) => request === "PUT block").length;

async function startChild(args: string[], program = process.execPath): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  return child;
}

const serverScript = fileURLToPath(new URL("./blob-server-process.ts", import.meta.url));
const uploadScript = fileURLToPath(new URL("./upload-process.ts", import.meta.url));

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("no output");
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return line;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
  children.delete(child);
}

const startServer = async (port: string, delay: string): Promise<[ChildProcess, string]> => {
  const child = await startChild([
    serverScript,
    join(directory, "child-store"),
    port,
    join(directory, "certificate.json"),
    delay,
  ]);
  return [child, await firstLine(child)];
};

function serviceAt(origin: string): BlobServiceClient {
  const trust = { tlsOptions: { ca: certificate.certificatePem }, retryOptions: { maxTries: 1 } };
  const credential = new StorageSharedKeyCredential(account, key);
  return new BlobServiceClient(`${origin}/${account}`, newPipeline(credential, trust));
}

test("a file is sent with its hash, and sending it again sends nothing", async () => {
  const progress: number[] = [];
  const result = await uploadFile(
    options({ metadata: { session: "s1" }, onProgress: (sent) => progress.push(sent) }),
  );
  expect(result).toEqual({ sizeBytes: content.length, sha256, resumedBlocks: 0 });
  expect(progress.at(-1)).toBe(content.length);
  const properties = await server.store.blob(address);
  expect(properties).toMatchObject({
    sha256,
    sizeBytes: content.length,
    contentType: "application/vnd.tcpdump.pcap",
    metadata: { session: "s1", nightcap_sha256: sha256 },
  });
  requests.length = 0;
  expect((await uploadFile(options())).sha256).toBe(sha256);
  expect(requests).toEqual(["HEAD "]);
});

test("an empty file is sent as an empty blob", async () => {
  await writeFile(file, "");
  expect((await uploadFile(options())).sizeBytes).toBe(0);
  expect((await server.store.blob(address)).sizeBytes).toBe(0);
});

test("a SAS without reading still uploads, without resuming", async () => {
  expect((await uploadFile(options({ url: urlAt(server.origin, "cw") }))).sha256).toBe(sha256);
});

test("a certificate of another authority is refused at once, and no message holds the signature", async () => {
  const other = makeCertificate().certificatePem;
  const url = urlAt(server.origin);
  const signature = /sig=([^&]+)/.exec(url)?.[1] ?? "none";
  const failed = await uploadFile(options({ certificateAuthorityPem: other })).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: "UploadFailed" });
  expect(String(failed)).toContain("certificate");
  expect(JSON.stringify([String(failed), failed])).not.toContain(signature);
  expect(String(failed)).toContain("sig=…");
});

test("403, 404 and 409 are not tried again, 503 is, after the time it asks for", async () => {
  await expect(uploadFile(options({ url: urlAt(server.origin, "r") }))).rejects.toThrow(
    /AuthorizationPermissionMismatch/,
  );
  expect(putBlocks()).toBeLessThanOrEqual(2);
  await server.store.deleteContainer("captures");
  await expect(uploadFile(options())).rejects.toThrow(/ContainerNotFound/);
  await server.store.createContainer("captures");
  let refusals = 2;
  answer = async ({ url }) =>
    url.includes("comp=block&") && refusals-- > 0
      ? new Response(null, { status: 503, headers: { "retry-after": "1" } })
      : null;
  const before = Date.now();
  expect((await uploadFile(options())).sha256).toBe(sha256);
  expect(Date.now() - before).toBeGreaterThanOrEqual(990);
});

test("a file that changes while it is sent is an error, and nothing is committed", async () => {
  answer = async ({ url }) => {
    if (url.includes("comp=block&")) await appendFile(file, "x");
    return null;
  };
  await expect(uploadFile(options())).rejects.toThrow(/the file changed/);
  await expect(server.store.blob(address)).rejects.toThrow(/does not exist/);
});

test("blocks of another file at the same place are never reused", async () => {
  const abort = new AbortController();
  const stopAtHalf = (sent: number): void => {
    if (sent > content.length / 2) abort.abort();
  };
  await expect(
    uploadFile(options({ signal: abort.signal, onProgress: stopAtHalf })),
  ).rejects.toThrow();
  const changed = Buffer.from(content);
  changed.writeUInt8(changed.readUInt8(5) ^ 1, 5);
  await writeFile(file, changed);
  const result = await uploadFile(options());
  expect(result.sha256).toBe(createHash("sha256").update(changed).digest("hex"));
  expect(result.resumedBlocks).toBeGreaterThan(0);
  expect((await server.store.verify(address)).sha256).toBe(result.sha256);
});

test("kill -9 of the store in mid-upload loses no acknowledged block", async () => {
  const [first, origin] = await startServer("0", "20");
  await serviceAt(origin).getContainerClient("captures").create();
  const abort = new AbortController();
  let acknowledged = 0;
  const halfway = Promise.withResolvers<void>();
  const sending = uploadFile(
    options({
      url: urlAt(origin),
      signal: abort.signal,
      onProgress: (sent) => {
        acknowledged = sent;
        if (sent > content.length / 3) halfway.resolve();
      },
    }),
  ).catch((error: unknown) => error);
  await halfway.promise;
  await kill(first);
  abort.abort();
  await sending;
  const [second] = await startServer(new URL(origin).port, "0");
  const blob = serviceAt(origin).getContainerClient("captures").getBlobClient(address.blob);
  expect(await blob.exists()).toBe(false);
  const result = await uploadFile(options({ url: urlAt(origin) }));
  expect(result.sha256).toBe(sha256);
  expect(result.resumedBlocks).toBeGreaterThanOrEqual(Math.floor(acknowledged / blockSizeBytes));
  await kill(second);
  const [third] = await startServer(new URL(origin).port, "0");
  const stored = await serviceAt(origin)
    .getContainerClient("captures")
    .getBlobClient(address.blob)
    .downloadToBuffer();
  expect(stored.equals(content)).toBe(true);
  await kill(third);
});

test("an upload under way outlives a restart of the store", async () => {
  await rm(join(directory, "child-store"), { recursive: true, force: true });
  const [first, origin] = await startServer("0", "20");
  await serviceAt(origin).getContainerClient("captures").create();
  const halfway = Promise.withResolvers<void>();
  const sending = uploadFile(
    options({
      url: urlAt(origin),
      onProgress: (sent) => {
        if (sent > content.length / 3) halfway.resolve();
      },
    }),
  );
  await halfway.promise;
  await kill(first);
  await startServer(new URL(origin).port, "0");
  expect((await sending).sha256).toBe(sha256);
});

test("kill -9 of the uploader in mid-upload: the next one goes on", async () => {
  answer = async ({ url }) => {
    if (url.includes("comp=block&")) await new Promise((resolve) => setTimeout(resolve, 30));
    return null;
  };
  const uploader = await startChild([
    uploadScript,
    file,
    urlAt(server.origin),
    join(directory, "certificate.json"),
    String(blockSizeBytes),
  ]);
  if (!uploader.stdout) throw new Error("no output");
  for await (const line of createInterface({ input: uploader.stdout })) {
    if (Number(line) > content.length / 3) break;
  }
  await kill(uploader);
  const result = await uploadFile(options());
  expect(result.resumedBlocks).toBeGreaterThanOrEqual(blockCount / 3);
  expect((await server.store.verify(address)).sha256).toBe(sha256);
});

test("kill -9 in the middle of Put Block List leaves the old blob or the new one, and the blocks", async () => {
  await rm(join(directory, "child-store"), { recursive: true, force: true });
  let [child, origin] = await startServer("0", "0");
  const port = new URL(origin).port;
  const captures = serviceAt(origin).getContainerClient("captures");
  await captures.create();
  const blob = captures.getBlockBlobClient("listed");
  await blob.upload("old", 3);
  const block = Buffer.alloc(48 << 20, 7);
  for (const id of ["AAAA", "AAAB"]) await blob.stageBlock(id, block, block.length);
  for (const delay of [1, 30, 90]) {
    const committing = blob.commitBlockList(["AAAA", "AAAB"]).then(
      () => true,
      () => false,
    );
    await sleep(delay);
    await kill(child);
    const acknowledged = await committing;
    [child] = await startServer(port, "0");
    const { contentLength } = await blob.getProperties();
    expect(contentLength).toBe(acknowledged ? 2 * block.length : contentLength);
    expect([3, 2 * block.length]).toContain(contentLength);
    const list = await blob.getBlockList("all");
    expect([...(list.committedBlocks ?? []), ...(list.uncommittedBlocks ?? [])].length).toBe(2);
  }
  await blob.commitBlockList(["AAAA", "AAAB"]);
  const stored = await blob.downloadToBuffer();
  expect(stored.equals(Buffer.concat([block, block]))).toBe(true);
  await kill(child);
});

test("a store is opened for captures by its key, by a SAS, and not by a wrong one", async () => {
  const sign = (signingKey: string, name = "made-by-sas") =>
    ensureContainer({
      url: signContainerUrl({
        url: `${server.origin}/${account}/${name}`,
        account,
        key: signingKey,
        startsAt: Date.now() - 60_000,
        expiresAt: Date.now() + 60_000,
      }),
      certificateAuthorityPem: certificate.certificatePem,
    });
  expect(await sign(key)).toBeNull();
  expect(await sign(key)).toBeNull(); // it is there already
  expect((await server.store.container("made-by-sas")).name).toBe("made-by-sas");
  const failure = await sign(Buffer.from("wrong").toString("base64"));
  expect(failure).toMatch(/^HTTP 403 AuthenticationFailed/);
  expect(failure).not.toMatch(/sig=[^…]/);
  const url = urlAt(server.origin).replace(`/${address.blob}`, "");
  const trust = { certificateAuthorityPem: certificate.certificatePem };
  expect(await ensureContainer({ url, ...trust })).toMatch(/^HTTP 403/);
  await server.store.deleteContainer("made-by-sas");
});

test("256 MiB pass into the store and out of it without being held in memory", async () => {
  await rm(join(directory, "child-store"), { recursive: true, force: true });
  const [child, origin] = await startServer("0", "0");
  const captures = serviceAt(origin).getContainerClient("captures");
  await captures.create();
  const peakKibibytes = async (): Promise<number> => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
  };
  const blob = captures.getBlockBlobClient("large");
  await blob.stageBlock("AAAA", "warm", 4);
  const before = await peakKibibytes();
  const large = Buffer.alloc(256 << 20, 1);
  await blob.stageBlock("AAAB", large, large.length);
  await blob.commitBlockList(["AAAB"]);
  let received = 0;
  const { readableStreamBody } = await blob.download();
  for await (const chunk of readableStreamBody ?? []) received += Buffer.from(chunk).length;
  expect(received).toBe(large.length);
  expect((await peakKibibytes()) - before).toBeLessThan(192 * 1_024);
});

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;
if (!canMount) process.stderr.write("skipped: a full disk, for want of the right to mount\n");

test.skipIf(!canMount)("a full disk is a clear error and loses nothing", async () => {
  const mountPoint = join(directory, "small");
  const command = `mkdir -p ${mountPoint} && mount -t tmpfs -o size=4m none ${mountPoint} && exec "$@"`;
  const program = [serverScript, mountPoint, "0"];
  const child = await startChild(
    [
      "-m",
      "sh",
      "-c",
      command,
      "sh",
      process.execPath,
      ...program,
      join(directory, "certificate.json"),
    ],
    "unshare",
  );
  const origin = await firstLine(child);
  const captures = serviceAt(origin).getContainerClient("captures");
  await captures.create();
  const kept = captures.getBlockBlobClient("kept");
  await kept.upload(Buffer.alloc(3_000_000, 7), 3_000_000);
  // Of two blocks under way both may find room, and then the file system refuses one of them.
  await expect(uploadFile(options({ url: urlAt(origin) }))).rejects.toThrow(
    /507 InsufficientStorage.*(?:are free|ENOSPC)/,
  );
  expect((await kept.downloadToBuffer()).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
  await kept.delete();
  const result = await uploadFile(options({ url: urlAt(origin) }));
  expect(result.sha256).toBe(sha256);
  expect(result.resumedBlocks).toBeGreaterThan(0);
});

test("a download goes on where it stopped, and starts over when its beginning is wrong", async () => {
  await uploadFile(options());
  const path = join(directory, "downloaded.cap");
  const download = () => downloadFile({ ...options(), url: urlAt(server.origin, "r"), path });
  await writeFile(`${path}.partial`, content.subarray(0, 500_000));
  expect(await download()).toEqual({ sizeBytes: content.length, sha256, resumedBytes: 500_000 });
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(existsSync(`${path}.partial`)).toBe(false);
  await writeFile(`${path}.partial`, randomBytes(1_000));
  expect(await download()).toMatchObject({ sha256, resumedBytes: 0 });
  const wrong = { metadata: { nightcap_sha256: "0".repeat(64) } };
  expect((await server.store.setProperties(address, wrong)).sha256).toBe(sha256);
  await expect(download()).rejects.toMatchObject({ code: "HashMismatch" });
});
