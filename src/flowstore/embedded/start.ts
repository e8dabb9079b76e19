import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NightcapError } from "../../common/errors.ts";
import { secretDirectoryMode, secretFileMode } from "../../common/files.ts";
import { engineExit, type EngineOptions } from "./engine-options.ts";

const startMillisecondsMax = 30_000;
const pollMilliseconds = 20;
const busyPauseMilliseconds = 200;
const pingMillisecondsMax = 5_000;
const complaintBytesMax = 4096;
/** Threads of libuv beside those that queries hold. */
const spareThreadCount = 4;

/**
 * Sees to it that an engine listens on the socket: asks, and starts one when nobody answers. Any number
 * of processes may do so at once; chDB's lock lets one engine live, and all of them find its socket.
 */
export async function ensureEngine(options: EngineOptions, signal?: AbortSignal): Promise<void> {
  if (await isEngineAlive(options.socketPath)) return;
  await makeDirectory(options.directory);
  let child = startProcess(options);
  const deadline = Date.now() + startMillisecondsMax;
  try {
    while (!(await isEngineAlive(options.socketPath))) {
      signal?.throwIfAborted();
      const code = child.exitCode();
      if (code === engineExit.failed && isBusy(child.complaint())) {
        // Another one starts, and will answer, or an old one ends, and will leave the place.
        child.letGo();
        await sleep(busyPauseMilliseconds);
        if (await isEngineAlive(options.socketPath)) return;
        child = startProcess(options);
      } else if (code !== null) {
        throw startFailure(code, child.complaint());
      }
      if (Date.now() > deadline) {
        throw new NightcapError("ServiceUnavailable", `no engine in ${options.directory} in time`);
      }
      await sleep(pollMilliseconds);
    }
  } finally {
    child.letGo();
  }
}

/** Its files are written beside it, too, so that a folder which may only be read is no use. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
    await access(directory, constants.W_OK);
  } catch (cause) {
    throw new NightcapError(
      "StorageUnavailable",
      `the table of flows cannot be kept in ${directory}: this user may not write there, or the file system is read-only; --state names another folder`,
      { cause },
    );
  }
}

/** ClickHouse says it on standard error only; the exception that the library throws does not. */
const isBusy = (complaint: string): boolean => complaint.includes("Cannot lock file");

function startFailure(code: number | null, complaint: string): NightcapError {
  if (code === engineExit.packageMissing) {
    return new NightcapError(
      "ToolMissing",
      `the flow engine is not installed: run "npm install chdb", or name a ClickHouse server with --clickhouse URL (${complaint})`,
    );
  }
  return new NightcapError("ServiceUnavailable", `the flow engine did not start: ${complaint}`);
}

/**
 * Detached: the engine outlives its starter, and ends when nobody asks any more. What it complains of
 * goes to a file, which loses its name when the start is over; a pipe would break with its reader.
 */
function startProcess(options: EngineOptions): {
  exitCode(): number | null;
  complaint(): string;
  letGo(): void;
} {
  const complaints = join(options.directory, `start-${randomUUID()}.log`);
  const file = openSync(complaints, "w", secretFileMode);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("worker.ts", import.meta.url)), JSON.stringify(options)],
    {
      detached: true,
      stdio: ["ignore", "ignore", file],
      cwd: options.directory,
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: String(options.requestCountMax + spareThreadCount),
      },
    },
  );
  closeSync(file);
  let failure: Error | null = null;
  child.on("error", (error) => {
    failure = error;
  });
  child.unref();
  return {
    exitCode: () => (failure || child.signalCode ? engineExit.failed : child.exitCode),
    complaint: () =>
      failure?.message ??
      readFileSync(complaints, "utf8").slice(-complaintBytesMax).trim().replaceAll("\n", " "),
    letGo: () => rmSync(complaints, { force: true }),
  };
}

/** Whether an engine answers on the socket. */
export function isEngineAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      // A connection of its own: one kept from an earlier call would be answered by an engine that ends.
      { socketPath, path: "/ping", timeout: pingMillisecondsMax, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.on("timeout", () => call.destroy(new Error("timeout")));
    call.on("error", () => resolve(false));
    call.end();
  });
}
