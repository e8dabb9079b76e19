import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import { inspect, inspectAsJsonLine } from "../../src/inspection/inspect.ts";
import type { Inspection, ProtocolNode } from "../../src/inspection/inspection.ts";
import { InspectionError } from "../../src/inspection/inspection-error.ts";
import { checkChange } from "./check-change.ts";
import { checkFilters } from "./check-filters.ts";
import { checkFollow } from "./check-follow.ts";
import { checkTexts } from "./check-texts.ts";
import type { FuzzInput } from "./input.ts";
import { checkPrivacyOf } from "./privacy/check-privacy.ts";

const chunkSizeMaxBytes = 70_000;
const privacyOneIn = 4;

/** Does with the input all that can be done with a capture, and raises an error when something is wrong. */
export async function checkInput(input: FuzzInput): Promise<number> {
  const { file, random } = input;
  const chunkSize = 1 + random.below(chunkSizeMaxBytes);
  const before = Buffer.from(file);
  const inspection = await unlessUnknown(() => inspect(chunks(file, chunkSize)));
  const walked = walk(file);
  if (inspection === null) {
    if (walked && walked.packets > 0)
      throw new Error(`refused, though it has ${walked.packets} packets`);
    return 0;
  }
  checkCounts(inspection, input, walked);
  if (random.below(2) === 0) await checkJson(inspection, file, 1 + random.below(chunkSizeMaxBytes));
  else await checkTransportOnly(inspection, file, chunkSize);
  const source = (): AsyncIterable<Uint8Array> => chunks(file, chunkSize);
  await checkFollow(inspection, source, random);
  await checkFilters(inspection, source, random);
  await checkChange(inspection, source, random);
  if (random.below(privacyOneIn) === 0) await checkPrivacyOf(file, random);
  checkTexts(inspection);
  if (!before.equals(file)) throw new Error("the bytes of the capture were changed");
  return inspection.file.packets;
}

/** Null when the file is said to be no capture, which is the one error that hostile bytes may raise. */
async function unlessUnknown<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InspectionError && error.code === "CaptureFormatUnknown") return null;
    throw error;
  }
}

async function* chunks(file: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size)
    yield await Promise.resolve(file.subarray(at, at + size));
}

interface Walk {
  packets: number;
  /** Packets without a byte, which may hold no protocol at all. */
  empty: number;
}

/** A plain walk over the records of the whole file; null for what cannot be unpacked in one piece. */
function walk(file: Buffer): Walk | null {
  try {
    const reader = new CaptureReader();
    reader.push(file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file);
    const walked = { packets: 0, empty: 0 };
    while (reader.next()) {
      walked.packets++;
      if (Math.min(reader.packet.capturedLength, reader.packet.originalLength) === 0)
        walked.empty++;
    }
    return walked;
  } catch {
    return null;
  }
}

function checkCounts(inspection: Inspection, input: FuzzInput, walked: Walk | null): void {
  const { packets } = inspection.file;
  const expected = input.packetCount ?? walked?.packets ?? packets;
  if (packets !== expected)
    throw new Error(`${packets} packets inspected, ${expected} in the file`);
  const atRoot = framesOf(inspection.protocolHierarchy);
  if (atRoot > packets || (walked && atRoot < packets - walked.empty))
    throw new Error(`${atRoot} frames in the hierarchy, ${packets} packets`);
  for (const node of inspection.protocolHierarchy) checkNode(node);
}

function framesOf(nodes: readonly ProtocolNode[]): number {
  return nodes.reduce((sum, { frames }) => sum + frames, 0);
}

function checkNode(node: ProtocolNode): void {
  const { protocol, frames, children } = node;
  if (protocol === "" || !Number.isSafeInteger(frames) || frames < 1)
    throw new Error(`${frames} frames of protocol "${protocol}"`);
  for (const child of children) checkNode(child);
}

/** The JSON in pieces says the same, and so does the file when it comes in chunks of another size. */
async function checkJson(inspection: Inspection, file: Buffer, chunkSize: number): Promise<void> {
  const decoder = new TextDecoder();
  let line = "";
  for (const piece of await inspectAsJsonLine(chunks(file, chunkSize)))
    line += decoder.decode(piece, { stream: true });
  const written: unknown = JSON.parse(line);
  const expected: unknown = JSON.parse(JSON.stringify(inspection));
  for (const [name, value] of Object.entries(expected as object)) {
    const other = (written as Record<string, unknown>)[name];
    if (!isDeepStrictEqual(other, value)) throw new Error(`${name} as JSON is another`);
  }
}

async function checkTransportOnly(
  inspection: Inspection,
  file: Buffer,
  chunkSize: number,
): Promise<void> {
  const other = await inspect(chunks(file, chunkSize), { depth: "transport" });
  for (const part of ["packets", "bytesOnWire", "bytesCaptured", "firstTime", "lastTime"] as const)
    if (other.file[part] !== inspection.file[part])
      throw new Error(`${part} differ when only transport is dissected`);
  const [one, two] = [other, inspection].map(({ protocolHierarchy }) =>
    JSON.stringify(protocolHierarchy.map(({ protocol, frames }) => [protocol, frames])),
  );
  if (one !== two) throw new Error(`link layers differ when only transport is dissected`);
}
