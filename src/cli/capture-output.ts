import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { link, open, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Command, Option } from "commander";
import { NightcapError } from "../common/errors.ts";
import type { CaptureFormat } from "../inspection/tools/capture-writer.ts";
import { writeOut } from "./standard-output.ts";

/** Captures hold what people said: the owner alone reads them. */
const fileMode = 0o600;

const formats = ["pcap", "pcapng", "pcap.gz", "pcapng.gz"] as const;
type FormatName = (typeof formats)[number];

export interface OutputFlags {
  output: string;
  format?: FormatName;
  force?: boolean;
}

/** Where and how a capture is written. */
export interface OutputPlan {
  path: string;
  format: CaptureFormat;
  gzip: boolean;
  force: boolean;
}

/** The options that every command which writes a capture has. */
export function addOutputOptions(command: Command, what: string): Command {
  return command
    .requiredOption("-o, --output <path>", what)
    .addOption(
      new Option("--format <name>", "the format, where the name does not say it").choices(formats),
    )
    .option("--force", "overwrite what is there");
}

/** Reads format and compression from the flags and the name; pcapng where neither says. */
export function outputPlan({ output, format, force = false }: OutputFlags): OutputPlan {
  const named = format ?? /\.(pcap|pcapng|cap)(\.gz)?$/i.exec(output)?.[0].slice(1).toLowerCase();
  if (named === undefined && output !== "-")
    throw new NightcapError(
      "InvalidParameter",
      `"${output}" does not end in .pcap, .pcapng or one of these with .gz: say which with --format`,
    );
  const [name = "", gzip] = (named ?? "pcapng").split(".");
  return {
    path: output,
    format: name === "pcapng" ? "pcapng" : "pcap",
    gzip: gzip !== undefined,
    force,
  };
}

/**
 * Writes a capture under its name whole, or not at all: beside it first, then renamed. Never takes the
 * place of a file unless told. `-` is standard output; a device or a pipe is written to directly.
 */
export async function saveCapture(
  chunks: AsyncIterable<Uint8Array>,
  plan: OutputPlan,
): Promise<void> {
  const content = plan.gzip ? gzipped(chunks) : chunks;
  if (plan.path === "-") {
    for await (const chunk of content) await writeOut(chunk);
    return;
  }
  const found = await stat(plan.path).catch(() => null);
  if (found && !found.isFile()) await writeTo(plan.path, plan.path, content);
  else await saveFile(content, plan, found !== null);
}

async function saveFile(
  content: AsyncIterable<Uint8Array>,
  { path, force }: OutputPlan,
  exists: boolean,
): Promise<void> {
  if (exists && !force) throw fileExists(path);
  const partial = `${path}.${randomBytes(6).toString("hex")}.partial`;
  const forget = removeOnSignal(partial);
  try {
    await writeTo(partial, path, content);
    await (force ? rename(partial, path) : placeNew(partial, path)).catch(failedFor(path));
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  } finally {
    forget();
  }
}

/** Ctrl-C leaves nothing half written behind; the process then ends as it would have. */
function removeOnSignal(partial: string): () => void {
  const remove = (signal: NodeJS.Signals): void => {
    forget();
    rmSync(partial, { force: true });
    process.kill(process.pid, signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const forget = (): void => {
    for (const signal of signals) process.off(signal, remove);
  };
  for (const signal of signals) process.on(signal, remove);
  return forget;
}

/** Gives the file its name only if that is still free; systems without links trust the look before. */
async function placeNew(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
    await unlink(partial);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw fileExists(path);
    await rename(partial, path);
  }
}

async function writeTo(
  target: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file: FileHandle = await open(target, "w", fileMode).catch(failedFor(path));
  try {
    for await (const chunk of content) await file.writeFile(chunk).catch(failedFor(path));
    if (target !== path) await file.sync().catch(failedFor(path));
  } finally {
    await file.close();
  }
}

function failedFor(path: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof NightcapError) throw cause;
    throw new NightcapError("CaptureFileFailed", `cannot write ${path}`, { cause });
  };
}

function fileExists(path: string): NightcapError {
  return new NightcapError("CaptureFileExists", `${path} is there already: --force overwrites it`);
}

async function* gzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const zip = createGzip();
  const feeding = pipeline(chunks, zip);
  // Its failure also ends the loop below, and is told from there.
  feeding.catch(() => undefined);
  for await (const chunk of zip as AsyncIterable<Buffer>) yield chunk;
}
