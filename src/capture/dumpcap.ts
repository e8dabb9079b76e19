import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { type DumpcapFile, type DumpcapTarget, dumpcapCommand } from "./dumpcap-command.ts";
import { createDumpcapMessageParser, type DumpcapMessage } from "./dumpcap-messages.ts";

/** Packets of the last 150 ms still lie in the kernel's block; they reach the file within this time. */
const drainMilliseconds = 300;
const readyTimeoutMilliseconds = 15_000;
const terminateTimeoutMilliseconds = 5_000;
const messageCountMax = 20;

export interface DumpcapOptions extends DumpcapTarget, DumpcapFile {
  clock: Clock;
  /** A file was begun; the one before it is whole. */
  onFile?: (path: string) => void;
}

export interface DumpcapExit {
  reason: "stopped" | "interfaceGone" | "diskFull" | "failed" | "sizeLimit";
  packets: number;
  /** Dropped by the kernel or by dumpcap. */
  drops: number;
  /** What dumpcap said, or how it ended; for people. */
  message: string;
  /** What ended it, when it did not end by itself. */
  signal: NodeJS.Signals | null;
}

export interface DumpcapProcess {
  readonly pid: number;
  /** Milliseconds since the epoch: dumpcap said that it records. */
  readonly readyAt: number;
  /** Packets recorded so far. */
  packets(): number;
  readonly exited: Promise<DumpcapExit>;
  /** Ends the recording once every packet up to `moment` is in the file. */
  stop(moment: number): Promise<DumpcapExit>;
  /** Ends it at once; the last packets may be missing. */
  terminate(): Promise<DumpcapExit>;
}

/** What a running dumpcap has said so far. */
interface Told {
  packets: number;
  drops: number;
  errors: string[];
  badFilter: string | null;
  texts: string[];
  stopping: boolean;
}

/**
 * Starts one dumpcap on one interface (several in one process lose packets) and resolves when it
 * records. Rejects with `CaptureFilterInvalid`, `ToolMissing` or `CaptureFailed` (no such interface, not
 * up, no permission, file not writable), in dumpcap's own words.
 */
export async function startDumpcap(options: DumpcapOptions): Promise<DumpcapProcess> {
  const [program = "", ...args] = await dumpcapCommand(options, options);
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    // Its own session, so that Ctrl-C at a terminal reaches only us, and we end it in order.
    detached: true,
    // The times in the names of ring files are UTC.
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  const told: Told = {
    packets: 0,
    drops: 0,
    errors: [],
    badFilter: null,
    texts: [],
    stopping: false,
  };
  const ready = Promise.withResolvers<number>();
  listen(child, told, (path) => {
    ready.resolve(options.clock.now());
    options.onFile?.(path);
  });
  const ended = endOf(child);
  const deadline = setTimeout(() => child.kill("SIGKILL"), readyTimeoutMilliseconds);
  const readyAt = await Promise.race([ready.promise, ended.then(() => null)]);
  clearTimeout(deadline);
  if (readyAt === null || child.pid === undefined) throw startError(options, told, await ended);
  return handle({ child, pid: child.pid, options, told, readyAt, ended });
}

function listen(child: ChildProcess, told: Told, onFile: (path: string) => void): void {
  const parser = createDumpcapMessageParser();
  const take = (message: DumpcapMessage): void => {
    if (message.type === "file") onFile(message.path);
    else note(told, message);
  };
  child.stderr?.on("data", (chunk: Buffer) => parser.push(chunk).forEach(take));
  child.stderr?.on("end", () => parser.end().forEach(take));
  child.stderr?.on("error", () => {}); // the process' end says more
}

function note(told: Told, message: Exclude<DumpcapMessage, { type: "file" }>): void {
  switch (message.type) {
    case "packets":
      told.packets += message.count;
      break;
    case "drops":
      told.drops += message.count;
      break;
    case "badFilter":
      told.badFilter = message.message;
      break;
    case "error":
      if (told.errors.length < messageCountMax) told.errors.push(message.message);
      break;
    case "text":
      if (told.texts.length < messageCountMax) told.texts.push(message.text);
      break;
  }
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  failure: Error | null;
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once("error", (failure) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, failure });
    });
    child.once("close", (code, signal) => resolve({ code, signal, failure: null }));
  });
}

function startError(options: DumpcapOptions, told: Told, end: End): NightcapError {
  if (told.badFilter !== null) {
    return new NightcapError(
      "CaptureFilterInvalid",
      `capture filter "${options.filter}" is not valid: ${told.badFilter}`,
    );
  }
  const message = `cannot record ${where(options)}: ${describeEnd(told, end)}`;
  return new NightcapError("CaptureFailed", message, end.failure ? { cause: end.failure } : {});
}

function where(options: DumpcapOptions): string {
  const { interfaceName, otherInterfaceNames = [], networkNamespace } = options;
  const names = [interfaceName, ...otherInterfaceNames].join(", ");
  const place = networkNamespace === null ? "" : ` of network namespace ${networkNamespace}`;
  return `interface ${names}${place}`;
}

function describeEnd(told: Told, { code, signal }: End): string {
  const said = [...told.errors, ...told.texts].filter((text) => text !== "").join("; ");
  const how = signal === null ? `dumpcap ended with code ${code}` : `dumpcap ended by ${signal}`;
  return said === "" ? how : said;
}

interface Started {
  child: ChildProcess;
  pid: number;
  options: DumpcapOptions;
  told: Told;
  readyAt: number;
  ended: Promise<End>;
}

function handle({ child, pid, options, told, readyAt, ended }: Started): DumpcapProcess {
  const exited = ended.then((end) => exitOf(options, told, end));
  const terminate = async (): Promise<DumpcapExit> => {
    told.stopping = true;
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), terminateTimeoutMilliseconds);
    return exited.finally(() => clearTimeout(kill));
  };
  return {
    pid,
    readyAt,
    packets: () => told.packets,
    exited,
    terminate,
    async stop(moment) {
      const abort = new AbortController();
      const wait = moment + drainMilliseconds - options.clock.now();
      const pause =
        wait > 0 ? options.clock.sleep(wait, abort.signal).catch(() => {}) : Promise.resolve();
      await Promise.race([pause, exited]);
      abort.abort();
      return terminate();
    },
  };
}

function exitOf(options: DumpcapOptions, told: Told, end: End): DumpcapExit {
  const { packets, drops } = told;
  const counts = { packets, drops, message: describeEnd(told, end), signal: end.signal };
  const said = told.errors.join(" ");
  if (/no longer attached|interface disappeared/i.test(said)) {
    return { reason: "interfaceGone", ...counts };
  }
  if (/no space left|disk quota|file system is full/i.test(said)) {
    return { reason: "diskFull", ...counts };
  }
  if (told.stopping) return { reason: "stopped", ...counts };
  const isLimited =
    options.fileSizeKilobytesMax !== null || options.ring?.endsAfterFileCount != null;
  const byItself = end.code === 0 && said === "" && isLimited;
  return { reason: byItself ? "sizeLimit" : "failed", ...counts };
}
