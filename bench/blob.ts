// A file through the store and back over https: speed, and memory of both sides at its highest.
//   npm run bench -- blob [GIBIBYTES]     5 unless told; needs three times as much room in the temporary folder
// A file of a twentieth goes first: what memory grows with size is the difference.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { silentLog } from "../src/common/log.ts";
import { signBlobUrl } from "../src/storage/access/sas.ts";
import { ensureContainer } from "../src/storage/transfer/ensure-container.ts";
import { downloadFile, uploadFile } from "../src/storage/transfer/upload.ts";
import { signContainerUrl } from "../src/storage/access/sas.ts";
import { account, key, makeCertificate } from "../test/storage/blob-server.ts";

const gibibytes = Number(process.argv[2] ?? "5");
if (!(gibibytes > 0 && gibibytes <= 64)) throw new Error("GIBIBYTES is a number from 0 to 64");
const pieceSizeBytes = 1 << 20;
const linkLifeMilliseconds = 3_600_000;

const certificate = makeCertificate();
const directory = await mkdtemp(join(tmpdir(), "nightcap-bench-blob-"));
try {
  await writeFile(join(directory, "certificate.json"), JSON.stringify(certificate));
  process.stdout.write("size GiB   what            seconds  MiB/s  server MiB  client MiB\n");
  for (const size of [gibibytes / 20, gibibytes]) await measure(Math.round(size * 1_024));
} finally {
  await rm(directory, { recursive: true });
}

/** A store of its own for each size, so that one's memory is not the other's. */
async function measure(mebibytes: number): Promise<void> {
  const path = join(directory, "file");
  const store = join(directory, "store");
  const sha256 = await makeFile(path, mebibytes);
  const [server, origin] = await startServer(store);
  try {
    const window = { startsAt: Date.now() - 1_000, expiresAt: Date.now() + linkLifeMilliseconds };
    const url = `${origin}/${account}/bench`;
    const ca = certificate.certificatePem;
    const container = signContainerUrl({ url, account, key, ...window });
    const failure = await ensureContainer({ url: container, certificateAuthorityPem: ca });
    if (failure !== null) throw new Error(failure);
    const blobUrl = signBlobUrl({
      blobUrl: `${url}/file`,
      account,
      key,
      permissions: "rcw",
      expiresAt: window.expiresAt,
    });
    const transfer = {
      path,
      url: blobUrl,
      certificateAuthorityPem: ca,
      signal: AbortSignal.timeout(linkLifeMilliseconds),
      log: silentLog,
    };
    const report = (what: string, work: () => Promise<string>) =>
      time({ what, mebibytes, server, sha256 }, work);
    await report("upload", async () => (await uploadFile(transfer)).sha256);
    await report("download", async () => {
      const back = join(directory, "back");
      const result = await downloadFile({ ...transfer, path: back });
      await rm(back);
      return result.sha256;
    });
    await report("one GET", () => hashGet(blobUrl, ca));
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit");
    await rm(store, { recursive: true });
  }
}

/** Random bytes, of which no two pieces are alike; gives their SHA-256. */
async function makeFile(path: string, mebibytes: number): Promise<string> {
  const file = await open(path, "w");
  const hash = createHash("sha256");
  const piece = Buffer.alloc(pieceSizeBytes);
  crypto.getRandomValues(piece.subarray(0, 65_536));
  for (let index = 0; index < mebibytes; index++) {
    piece.writeUInt32BE(index, 0);
    piece.copyWithin(65_536 * (1 + (index % 15)), 0, 65_536);
    hash.update(piece);
    await file.writeFile(piece);
  }
  await file.close();
  return hash.digest("hex");
}

async function startServer(store: string): Promise<[ChildProcess, string]> {
  const script = fileURLToPath(new URL("../test/storage/blob-server-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, store, "0", join(directory, "certificate.json")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [origin] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return [child, origin];
}

async function time(
  parts: { what: string; mebibytes: number; server: ChildProcess; sha256: string },
  work: () => Promise<string>,
): Promise<void> {
  const { what, mebibytes, server, sha256 } = parts;
  const pids = [server.pid ?? 0, process.pid];
  for (const pid of pids) await writeFile(`/proc/${pid}/clear_refs`, "5"); // the peak starts anew
  const begin = performance.now();
  const found = await work();
  const seconds = (performance.now() - begin) / 1_000;
  if (found !== sha256) throw new Error(`${what}: SHA-256 ${found}, sent was ${sha256}`);
  const peaks = await Promise.all(pids.map(peakMebibytes));
  const cells = [
    (mebibytes / 1_024).toFixed(2).padStart(8),
    `  ${what.padEnd(14)}`,
    seconds.toFixed(1).padStart(8),
    (mebibytes / seconds).toFixed(0).padStart(6),
    ...peaks.map((peak) => String(peak).padStart(11)),
  ];
  process.stdout.write(`${cells.join(" ")}\n`);
}

async function peakMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}

/** The whole blob in one request, as a browser or curl would. */
async function hashGet(url: string, ca: string): Promise<string> {
  const options: RequestOptions = { ca };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsRequest(url, options, resolve).on("error", reject).end();
  });
  const hash = createHash("sha256");
  for await (const chunk of response as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}
