import { NightcapError } from "../common/errors.ts";
import { run } from "../common/run.ts";
import { createDumpcapMessageParser } from "./dumpcap-messages.ts";
import { assertInterfaceName, namespaceCommand } from "./network-namespace.ts";
import { findProgram, requireProgram } from "./programs.ts";

/** dumpcap's greatest snap length; what "whole packets" means, offload's 64 KiB frames included. */
export const snapLengthBytesMax = 262_144;
/** Kernel buffer: with dumpcap's own 2 MiB a busy machine loses a tenth of 300k packets/s. */
const kernelBufferBytesDefault = 64 << 20;
const checkTimeoutMilliseconds = 10_000;

export interface DumpcapTarget {
  interfaceName: string;
  /** Recorded by the same dumpcap, into the same file. */
  otherInterfaceNames?: readonly string[];
  /** Null is the caller's own. */
  networkNamespace: string | null;
  /** BPF; "" records every packet. */
  filter: string;
  /** What the kernel may hold of an interface until dumpcap is scheduled; whole MiB. */
  kernelBufferBytes?: number;
}

export interface DumpcapFile {
  filePath: string;
  /** Bytes kept of each packet; 0 is whole packets. */
  snapLengthBytes: number;
  /** Recording ends by itself at the first packet that reaches it, in units of 1000 bytes; null: never. */
  fileSizeKilobytesMax: number | null;
  /** Several files one after the other, named `NAME_00001_yyyyMMddHHmmss.EXT` in UTC; absent: one. */
  ring?: DumpcapRing;
}

export interface DumpcapRing {
  /** The next file is begun at the first packet that reaches it, in units of 1000 bytes. */
  fileSizeKilobytes: number;
  /** The oldest file is deleted when there would be more; null: none is. */
  fileCountMax: number | null;
  /** Recording ends by itself when so many files are full; null: never. */
  endsAfterFileCount: number | null;
  /** The next file is begun after so many seconds at the latest; null or absent: at no time. */
  durationSecondsMax?: number | null;
}

/**
 * The command that records one interface into one file. `setpriv` makes the kernel end dumpcap with its
 * parent; it stands right before dumpcap because the signal is lost when another program is between.
 * Without it dumpcap still ends at the first packet after its parent's death (`-Z none`).
 */
export async function dumpcapCommand(
  target: DumpcapTarget,
  { filePath, snapLengthBytes, fileSizeKilobytesMax, ring }: DumpcapFile,
): Promise<string[]> {
  const names = [target.interfaceName, ...(target.otherInterfaceNames ?? [])];
  names.forEach(assertInterfaceName);
  const dumpcap = await requireProgram("dumpcap");
  const setpriv = await findProgram("setpriv");
  const snapLength =
    snapLengthBytes === 0 ? snapLengthBytesMax : Math.min(snapLengthBytes, snapLengthBytesMax);
  return [
    ...(await namespaceCommand(target.networkNamespace)),
    ...(setpriv === null ? [] : [setpriv, "--pdeathsig", "TERM", "--"]),
    dumpcap,
    "-Z",
    "none",
    "-p",
    `-B${Math.max(1, Math.floor((target.kernelBufferBytes ?? kernelBufferBytesDefault) / 1_048_576))}`,
    // Before the interfaces these hold for all of them.
    `-s${snapLength}`,
    ...filterArguments(target.filter),
    ...(names.length > 1 ? queueArguments : []),
    ...names.map((name) => `-i${name}`),
    "-w",
    filePath,
    ...ringArguments(ring),
    ...(fileSizeKilobytesMax === null ? [] : ["-a", `filesize:${fileSizeKilobytesMax}`]),
  ];
}

/** With several interfaces packets wait in a queue, which dumpcap bounds at 1000 packets unless told. */
const queueArguments = [`-C${64 << 20}`, "-N1000000"];

function ringArguments(ring: DumpcapRing | undefined): string[] {
  if (ring === undefined) return [];
  const { fileSizeKilobytes, fileCountMax, endsAfterFileCount } = ring;
  const durationSecondsMax = ring.durationSecondsMax ?? null;
  return [
    "-b",
    `filesize:${fileSizeKilobytes}`,
    ...(fileCountMax === null ? [] : ["-b", `files:${fileCountMax}`]),
    ...(durationSecondsMax === null ? [] : ["-b", `duration:${durationSecondsMax}`]),
    ...(endsAfterFileCount === null ? [] : ["-a", `files:${endsAfterFileCount}`]),
  ];
}

const filterArguments = (filter: string): string[] => (filter === "" ? [] : ["-f", filter]);

/**
 * Lets libpcap compile the filter for the interface, without recording: throws `CaptureFilterInvalid`
 * with libpcap's own words, `CaptureFailed` when the interface cannot be opened. (dumpcap opens the
 * interface to learn its link type, so this needs the same privileges as a recording.)
 */
export async function checkFilter(target: DumpcapTarget, signal?: AbortSignal): Promise<void> {
  assertInterfaceName(target.interfaceName);
  const command = [
    ...(await namespaceCommand(target.networkNamespace)),
    await requireProgram("dumpcap"),
    "-Z",
    "none",
    "-d",
    `-i${target.interfaceName}`,
    ...filterArguments(target.filter),
  ];
  const [program = "", ...args] = command;
  const result = await run(program, args, {
    timeoutMilliseconds: checkTimeoutMilliseconds,
    ...(signal ? { signal } : {}),
  });
  const parser = createDumpcapMessageParser();
  const messages = [...parser.push(Buffer.from(result.stderr, "utf8")), ...parser.end()];
  const bad = messages.find((message) => message.type === "badFilter");
  if (bad) {
    throw new NightcapError(
      "CaptureFilterInvalid",
      `capture filter "${target.filter}" is not valid: ${bad.message}`,
    );
  }
  // dumpcap's exit code is 0 also for a filter that it refuses: what it says decides.
  if (result.code === 0 && !messages.some((message) => message.type === "error")) return;
  throw new NightcapError(
    "CaptureFailed",
    `cannot check a capture filter on ${target.interfaceName}: ${JSON.stringify(messages)}`,
  );
}
