import { type Command, InvalidArgumentError, Option } from "commander";
import { captureClass } from "../common/capture-class.ts";
import { NightcapError } from "../common/errors.ts";
import { parseBytes, parseSeconds } from "./amounts.ts";
import { embeddedStorageAccount, findMachine, findScaleSet } from "./capture-resources.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const defaultSeconds = 60;
/** A ring has begun so long after it was asked for, on a slow host too. */
const overlapSeconds = 30;

export interface CreateOptions {
  state: string;
  json?: boolean;
  vm?: string;
  host: string[];
  lookBack?: number;
  lookBackFrom?: string;
  scaleSet?: string;
  include: string[];
  exclude: string[];
  seconds?: number;
  privacy?: string;
  class?: string;
  /** Captures with the same one have a report together. */
  group?: string;
  pseudonymise?: boolean;
  httpRequestLines?: boolean;
  bytesPerPacket: number;
  totalBytes?: number;
  continuous?: boolean;
  endWhenFull?: boolean;
  fileCount?: number;
  fileSize?: number;
  filePath?: string;
  store: boolean;
  protocol?: string;
  localIp?: string;
  remoteIp?: string;
  localPort?: string;
  remotePort?: string;
  wait?: boolean;
}

/** The options of `nightcap capture create`. */
export function withCreateOptions(command: Command): Command {
  return command
    .option("--vm <name>", "the host (needed when there are several)")
    .option(
      "--host <name>",
      "several hosts, a capture NAME-HOST of each; may be repeated",
      collect,
      [],
    )
    .option("--scale-set <name>", "all hosts of a scale set")
    .option("--include <instance>", "of the scale set only this host; may be repeated", collect, [])
    .option("--exclude <instance>", "not this host of the set; may be repeated", collect, [])
    .option("--seconds <n>", "how long: 1 to 18000, 60 unless told; of a ring 1 to 604800", whole)
    .option("--look-back <time>", "begin so long before the start, such as 60s or 5m", duration)
    .option("--look-back-from <time>", "begin so long before this moment, such as an alert's")
    .addOption(
      new Option("--privacy <policy>", "what stays of the packets that leave the host").choices(
        Object.keys(privacyKinds),
      ),
    )
    .option("--pseudonymise", "map addresses by the host's key (needs --privacy)")
    .addOption(
      new Option("--class <class>", "how long its files are kept; bulk unless told").choices(
        captureClass.options,
      ),
    )
    .option("--group <name>", "captures with the same one have a report together")
    .option("--http-request-lines", "keep the first line of HTTP requests (of keep-names)")
    .option("--bytes-per-packet <n>", "bytes kept of each packet; 0 keeps all", whole, 0)
    .option("--total-bytes <n>", "greatest size of the file, 1 GiB unless told", whole)
    .option("--continuous", "record into a ring of files; the oldest gives way to the next")
    .option("--end-when-full", "record into several files and end when all are full")
    .option("--file-count <n>", "files of these, 1 to 10000; 10 unless told", whole)
    .option("--file-size <size>", "size of each, such as 50MB; 100 MiB unless told", bytes)
    .option("--file-path <path>", "also leave it on the host, under /var/captures")
    .option("--no-store", "do not upload it (needs --file-path)")
    .option("--protocol <name>", "TCP, UDP or Any")
    .option("--local-ip <text>", 'address, range "a-b" or list "a;b" on the host\'s side')
    .option("--remote-ip <text>", "the same for the other side")
    .option("--local-port <text>", 'port, range "a-b" or list "a;b" on the host\'s side')
    .option("--remote-port <text>", "the same for the other side")
    .option("--wait", "wait until it has ended and print what it shows");
}

interface WantedCapture {
  name: string;
  options: CreateOptions;
}

/**
 * The captures that the options ask for: one, or one of each `--host`; two where one of several files is
 * to begin in the past. Several look back from the same moment, so that their files can be laid side by
 * side, and have a report together.
 */
export function capturesOf(name: string, options: CreateOptions, now: Date): WantedCapture[] {
  const { host, vm, scaleSet, lookBack } = options;
  if (host.length > 0 && (vm !== undefined || scaleSet !== undefined)) {
    throw misused("--host", "no --vm or --scale-set");
  }
  const hosts = [...new Set(host)];
  const each = hosts.map((one) => ({ name: `${name}-${one}`, options: { ...options, vm: one } }));
  const captures = (hosts.length > 0 ? each : [{ name, options }]).flatMap(withBefore);
  if (captures.length === 1 && hosts.length === 0) return captures;
  const from = lookBack === undefined ? {} : { lookBackFrom: now.toISOString() };
  const group = captures.length > 1 ? { group: groupNameOf(name, now) } : {};
  return captures.map((wanted) => {
    const looksBack = wanted.options.lookBack !== undefined;
    return {
      name: wanted.name,
      options: { ...(looksBack ? from : {}), ...group, ...wanted.options },
    };
  });
}

/**
 * A ring overwrites its oldest packets first, which are those from before: they get a file of their own,
 * `NAME-before`, which goes on until the ring has long begun.
 */
function withBefore(wanted: WantedCapture): WantedCapture[] {
  const { name, options } = wanted;
  const isSeveral = options.continuous === true || options.endWhenFull === true;
  if (!isSeveral || options.lookBack === undefined) return [wanted];
  const { filePath, seconds = overlapSeconds } = options;
  const before = {
    ...without(options, ["continuous", "endWhenFull", "fileCount", "fileSize", "totalBytes"]),
    seconds: Math.min(overlapSeconds, seconds),
    ...(filePath === undefined ? {} : { filePath: filePath.replace(/(\.cap)?$/, "-before$1") }),
  };
  const ring = without(options, ["lookBack", "lookBackFrom"]);
  return [
    { name: `${name}-before`, options: before },
    { name, options: ring },
  ];
}

function without(options: CreateOptions, names: (keyof CreateOptions)[]): CreateOptions {
  const left = { ...options };
  for (const name of names) Reflect.deleteProperty(left, name);
  return left;
}

/** Of another day's captures of the same name they are no part: `slow-20261121T093000123Z`. */
const groupNameOf = (name: string, now: Date): string =>
  `${name.slice(0, 40)}-${now.toISOString().replaceAll(/[-:.]/g, "")}`;

/** The `properties` of the PUT that the options ask for. */
export async function captureProperties(
  client: ControlPlaneClient,
  options: CreateOptions,
): Promise<Record<string, unknown>> {
  const { store, filePath } = options;
  const several = options.continuous === true || options.endWhenFull === true;
  return {
    ...(await targetOf(client, options)),
    bytesToCapturePerPacket: options.bytesPerPacket,
    ...(several ? ringOf(options) : limitsOf(options)),
    ...lookBackOf(options),
    ...privacyOf(options),
    ...(options.class === undefined ? {} : { nightcapClass: options.class }),
    ...(options.group === undefined ? {} : { nightcapGroup: options.group }),
    filters: filtersOf(options),
    storageLocation: {
      ...(store ? { storageId: (await embeddedStorageAccount(client)).id } : {}),
      ...(filePath === undefined ? {} : { [several ? "localPath" : "filePath"]: filePath }),
    },
  };
}

async function targetOf(client: ControlPlaneClient, options: CreateOptions): Promise<object> {
  const { scaleSet, include, exclude } = options;
  if (scaleSet === undefined) {
    if (include.length + exclude.length > 0)
      throw misused("--include and --exclude", "--scale-set");
    return { target: (await findMachine(client, options.vm)).id };
  }
  if (options.vm !== undefined) throw misused("--vm", "no --scale-set");
  const { id } = await findScaleSet(client, scaleSet);
  return { target: id, targetType: "AzureVMSS", scope: { include, exclude } };
}

function lookBackOf({ lookBack, lookBackFrom }: CreateOptions): object {
  if (lookBack === undefined && lookBackFrom !== undefined) {
    throw misused("--look-back-from", "--look-back");
  }
  return {
    ...(lookBack === undefined ? {} : { lookBackInSeconds: lookBack }),
    ...(lookBackFrom === undefined ? {} : { lookBackFrom }),
  };
}

const privacyKinds: Readonly<Record<string, string>> = {
  "headers-only": "headersOnly",
  "keep-names": "keepNames",
};

function privacyOf(options: CreateOptions): object {
  const { privacy, pseudonymise = false, httpRequestLines } = options;
  if (httpRequestLines && privacy !== "keep-names")
    throw misused("--http-request-lines", "--privacy keep-names");
  if (privacy === undefined && pseudonymise) throw misused("--pseudonymise", "--privacy");
  if (privacy === undefined) return {};
  const lines = httpRequestLines ? { httpRequestLines } : {};
  return { nightcapPrivacy: { kind: privacyKinds[privacy], pseudonymise, ...lines } };
}

function limitsOf({ seconds, totalBytes, fileCount, fileSize }: CreateOptions): object {
  if (fileCount !== undefined || fileSize !== undefined) {
    throw misused("--file-count and --file-size", "--continuous or --end-when-full");
  }
  return {
    timeLimitInSeconds: seconds ?? defaultSeconds,
    ...(totalBytes === undefined ? {} : { totalBytesPerSession: totalBytes }),
  };
}

function ringOf(options: CreateOptions): object {
  const { continuous, endWhenFull, fileCount, fileSize, seconds, totalBytes } = options;
  if (continuous && endWhenFull) throw misused("--continuous", "no --end-when-full");
  if (totalBytes !== undefined)
    throw misused("--total-bytes", "one file; several have --file-size");
  return {
    continuousCapture: continuous === true,
    captureSettings: {
      ...(fileCount === undefined ? {} : { fileCount }),
      ...(fileSize === undefined ? {} : { fileSizeInBytes: fileSize }),
      ...(seconds === undefined ? {} : { sessionTimeLimitInSeconds: seconds }),
    },
  };
}

function filtersOf(options: CreateOptions): object[] {
  const { protocol, localIp, remoteIp, localPort, remotePort } = options;
  const filter = {
    ...(protocol === undefined ? {} : { protocol }),
    ...(localIp === undefined ? {} : { localIPAddress: localIp }),
    ...(remoteIp === undefined ? {} : { remoteIPAddress: remoteIp }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(remotePort === undefined ? {} : { remotePort }),
  };
  return Object.keys(filter).length > 0 ? [filter] : [];
}

const misused = (what: string, needs: string): NightcapError =>
  new NightcapError("InvalidParameter", `${what} can only be used with ${needs}`);

const collect = (value: string, before: string[]): string[] => [...before, value];

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new InvalidArgumentError("expected a whole number, 0 or more");
  return Number(text);
}

function bytes(text: string): number {
  const count = parseBytes(text);
  if (count === null) throw new InvalidArgumentError("expected bytes such as 65536, 50MB or 1GiB");
  return count;
}

function duration(text: string): number {
  const count = parseSeconds(text);
  if (count === null) throw new InvalidArgumentError("expected a time such as 60, 60s, 5m or 1h");
  return count;
}
