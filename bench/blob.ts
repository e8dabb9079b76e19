// A file through the store and back over https: speed, and memory of both sides at its highest.
//   npm run bench -- blob [GIBIBYTES]                5 unless told; needs three times as much room in the temporary folder
//   npm run bench -- blob [GIBIBYTES] --encryption   a plain store and an encrypted one in turn, three times, and their ratio
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
import { createKeyFile } from "../src/storage/vault/key-file.ts";
import { downloadFile, uploadFile } from "../src/storage/transfer/upload.ts";
import { signContainerUrl } from "../src/storage/access/sas.ts";
import { account, key, makeCertificate } from "../test/storage/blob-server.ts";

const gibibytes = Number(process.argv[2] ?? "5");
if (!(gibibytes > 0 && gibibytes <= 64)) throw new Error("GIBIBYTES is a number from 0 to 64");
const pieceSizeBytes = 1 << 20;
const linkLifeMilliseconds = 3_600_000;

/** Rounds of a comparison, of which the middle one counts. */
const roundCount = 3;
const comparesEncryption = process.argv.includes("--encryption");

const certificate = makeCertificate();
const directory = await mkdtemp(join(tmpdir(), "nightcap-bench-blob-"));
try {
  await writeFile(join(directory, "certificate.json"), JSON.stringify(certificate));
  process.stdout.write("size GiB   what            seconds  MiB/s  server MiB  client MiB\n");
  if (comparesEncryption) await compare(Math.round(gibibytes * 1_024));
  else for (const size of [gibibytes / 20, gibibytes]) await measure(Math.round(size * 1_024));
} finally {
  await rm(directory, { recursive: true });
}

/** A plain store and an encrypted one in turn; the middle of each one's times, and how they stand to each other. */
async function compare(mebibytes: number): Promise<void> {
  const keyFile = join(directory, "key");
  await createKeyFile(keyFile);
  const times = { plain: new Map<string, number[]>(), encrypted: new Map<string, number[]>() };
  for (let round = 0; round < roundCount; round++) {
    for (const kind of ["plain", "encrypted"] as const) {
      process.stdout.write(`${kind}, round ${round + 1}\n`);
      const found = await measure(mebibytes, kind === "encrypted" ? keyFile : null);
      for (const [what, seconds] of found) {
        times[kind].set(what, [...(times[kind].get(what) ?? []), seconds]);
      }
    }
  }
  const middle = (all: readonly number[] = []): number =>
    all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
  process.stdout.write("\nwhat            plain MiB/s  encrypted MiB/s  ratio\n");
  for (const what of times.plain.keys()) {
    const [plain, encrypted] = [middle(times.plain.get(what)), middle(times.encrypted.get(what))];
    const speeds = [plain, encrypted].map((seconds) => (mebibytes / seconds).toFixed(0));
    const cells = [what.padEnd(14), speeds[0]?.padStart(12), speeds[1]?.padStart(16)];
    process.stdout.write(`${cells.join(" ")} ${(plain / encrypted).toFixed(2).padStart(6)}\n`);
  }
}

/** A store of its own for each size, so that one's memory is not the other's. Gives the seconds of each step. */
async function measure(
  mebibytes: number,
  keyFile: string | null = null,
): Promise<Map<string, number>> {
  const path = join(directory, "file");
  const store = join(directory, "store");
  const sha256 = await makeFile(path, mebibytes);
  const [server, origin] = await startServer(store, keyFile);
  const seconds = new Map<string, number>();
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
    const report = async (what: string, work: () => Promise<string>): Promise<void> => {
      seconds.set(what, await time({ what, mebibytes, server, sha256 }, work));
    };
    await report("upload", async () => (await uploadFile(transfer)).sha256);
    await report("download", async () => {
      const back = join(directory, "back");
      const result = await downloadFile({ ...transfer, path: back });
      await rm(back);
      return result.sha256;
    });
    await report("one GET", () => hashGet(blobUrl, ca));
    return seconds;
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

async function startServer(store: string, keyFile: string | null): Promise<[ChildProcess, string]> {
  const script = fileURLToPath(new URL("../test/storage/blob-server-process.ts", import.meta.url));
  const more = keyFile === null ? [] : ["0", keyFile];
  const args = [script, store, "0", join(directory, "certificate.json"), ...more];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [origin] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return [child, origin];
}

async function time(
  parts: { what: string; mebibytes: number; server: ChildProcess; sha256: string },
  work: () => Promise<string>,
): Promise<number> {
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
  return seconds;
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
