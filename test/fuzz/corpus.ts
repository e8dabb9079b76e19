import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  endlessScripts,
  mixedScripts,
  smallScripts,
  type Script,
} from "../../bench/inspection/scripts.ts";
import { SyntheticTraffic } from "../../bench/inspection/synthetic-traffic.ts";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import { fixtureDirectory } from "../inspection/captures.ts";

/** A packet that mutations begin with. */
export interface CorpusPacket {
  bytes: Uint8Array;
  originalLength: number;
  linkType: number;
  microseconds: number;
}

/** Packets of one capture, in its order. */
export type CorpusCapture = readonly CorpusPacket[];

const corpusSizeMaxBytes = 256 * 1_048_576;
const syntheticPacketCount = 2_000;
const syntheticOpenFlowCount = 40;

/** Every capture below a folder, or what the project has itself: its fixtures and synthetic traffic. */
export function loadCorpus(folder: string | null): CorpusCapture[] {
  const captures = capturesIn(folder ?? fixtureDirectory);
  if (folder === null) {
    for (const scripts of [mixedScripts(), smallScripts(), endlessScripts()])
      captures.push(synthetic(scripts));
  }
  if (captures.length === 0) throw new Error("no capture with packets in the folder");
  return captures;
}

function capturesIn(folder: string): CorpusCapture[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:p?cap|pcapng|ntar|gz)$/i.test(name))
    .sort();
  const captures: CorpusCapture[] = [];
  let sizeBytes = 0;
  for (const name of names) {
    const packets = packetsOf(readFileSync(join(folder, name)));
    sizeBytes += packets.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (sizeBytes > corpusSizeMaxBytes) break;
    if (packets.length > 0) captures.push(packets);
  }
  return captures;
}

/** The packets before the first damage; none when it is no capture. */
export function packetsOf(file: Uint8Array): CorpusPacket[] {
  const packets: CorpusPacket[] = [];
  try {
    const reader = new CaptureReader();
    reader.push(file[0] === 0x1f ? gunzipSync(file) : file);
    while (reader.next()) {
      const { bytes, offset, capturedLength, seconds, nanoseconds, ...rest } = reader.packet;
      packets.push({
        bytes: Uint8Array.from(bytes.subarray(offset, offset + capturedLength)),
        originalLength: rest.originalLength,
        linkType: rest.linkType,
        microseconds: seconds * 1e6 + Math.floor(nanoseconds / 1000),
      });
    }
  } catch {
    // A file that is no capture has no packets.
  }
  return packets;
}

function synthetic(scripts: readonly Script[]): CorpusCapture {
  const traffic = new SyntheticTraffic({ seed: 1, scripts, openFlowCount: syntheticOpenFlowCount });
  return Array.from({ length: syntheticPacketCount }, () => {
    const { bytes, capturedLength, originalLength, microseconds } = traffic.next();
    const copy = Uint8Array.from(bytes.subarray(0, capturedLength));
    return { bytes: copy, originalLength, linkType: 1, microseconds };
  });
}
