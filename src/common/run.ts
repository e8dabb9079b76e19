import { spawn } from "node:child_process";
import { NightcapError } from "./errors.ts";

export interface RunOptions {
  signal?: AbortSignal;
  timeoutMilliseconds?: number;
  /** Bytes kept of each stream; the rest is counted as cut, not kept. */
  outputBytesMax?: number;
  input?: string;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const defaultTimeoutMilliseconds = 30_000;
const defaultOutputBytesMax = 4 << 20;

/**
 * Runs a program to its end, arguments as an array, no shell. Throws `ToolMissing` when there is no
 * such program; an exit code other than 0 is an answer, not an error.
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds,
      killSignal: "SIGKILL",
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const limit = options.outputBytesMax ?? defaultOutputBytesMax;
    const stdout = collect(child.stdout, limit);
    const stderr = collect(child.stderr, limit);
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === "ENOENT";
      reject(missing ? new NightcapError("ToolMissing", `program not found: ${program}`) : cause);
    });
    child.on("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
    child.stdin.on("error", () => {}); // a program may end without reading its input
    child.stdin.end(options.input ?? "");
  });
}

function collect(stream: NodeJS.ReadableStream, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
