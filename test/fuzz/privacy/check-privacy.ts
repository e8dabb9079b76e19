import { createHash } from "node:crypto";
import { Random, scatter } from "../../../bench/inspection/random.ts";
import { CaptureReader } from "../../../src/inspection/file/capture-reader.ts";
import { InspectionError } from "../../../src/inspection/inspection-error.ts";
import {
  type PrivacyResult,
  privateCapture,
} from "../../../src/inspection/tools/privacy/private-capture.ts";
import type { PrivacyPolicy } from "../../../src/inspection/tools/privacy/privacy-policy.ts";
import { chunksOf } from "../../inspection/captures.ts";
import { collected } from "../../inspection/tools/read-back.ts";
import { makeSecretCapture, type SecretCapture } from "./capture.ts";
import { payloadByte, tracesOf } from "./secrets.ts";

const chunkSizeMaxBytes = 5_000;
/** Payload in a row that no header explains. */
const payloadRun = Buffer.alloc(4, payloadByte);

/**
 * Applies a policy by chance to the capture of a seed. Nothing of a payload is left, and with pseudonyms no
 * address, wherever in the file. Gives the output and how many packets are in it.
 */
export async function checkPrivacy(seed: number): Promise<{ file: Uint8Array; packets: number }> {
  const random = new Random(scatter(seed));
  const capture = makeSecretCapture(seed);
  const policy = somePolicy(random);
  const result = await applied(capture.file, policy, random);
  if (result === null) throw new Error("a good capture was refused");
  const { file, packets } = result;
  if (packets !== capture.packetCount) throw new Error(`${packets} packets are left`);
  checkTraces(capture, Buffer.from(file), policy);
  return { file, packets };
}

/**
 * The same of a damaged capture, of which nobody knows what is payload: it is read as far as it goes, what
 * comes out can be read to its end, and no packet grew.
 */
export async function checkPrivacyOf(damaged: Uint8Array, random: Random): Promise<void> {
  const policy = somePolicy(random);
  const result = await applied(damaged, policy, random);
  if (result === null) return;
  const other = await applied(damaged, policy, random);
  if (!other || Buffer.compare(result.file, other.file) !== 0)
    throw new Error("another output where the chunks are others");
}

function checkTraces(
  { secrets, file: source }: SecretCapture,
  file: Buffer,
  policy: PrivacyPolicy,
): void {
  const said = JSON.stringify(policy);
  if (!source.includes(payloadRun)) throw new Error("nothing was to be left out");
  const found = file.indexOf(payloadRun);
  if (found >= 0) throw new Error(`payload at ${found} by ${said}`);
  if (!policy.pseudonymise) return;
  for (const { what, bytes } of tracesOf(secrets)) {
    const at = file.indexOf(bytes);
    if (at >= 0) throw new Error(`${what} at ${at} by ${said}`);
  }
}

function somePolicy(random: Random): PrivacyPolicy {
  const pseudonymise = random.below(4) > 0;
  const kind = random.below(2) === 0 ? "headersOnly" : "keepNames";
  return { kind, pseudonymise, httpRequestLines: kind === "keepNames" && random.below(2) === 0 };
}

/** Null for what is no capture, which is the one error that hostile bytes may raise. */
async function applied(
  source: Uint8Array,
  policy: PrivacyPolicy,
  random: Random,
): Promise<(PrivacyResult & { file: Uint8Array }) | null> {
  const key = createHash("sha256").update("key").digest();
  const chunks = chunksOf(source, 1 + random.below(chunkSizeMaxBytes));
  const options = { format: "pcapng", policy, key } as const;
  try {
    const { file, result } = await collected(privateCapture(chunks, options));
    checkSizes(source, file, result);
    return { ...result, file };
  } catch (error) {
    if (error instanceof InspectionError && error.code === "CaptureFormatUnknown") return null;
    throw error;
  }
}

/** Both are read side by side by the reader that knows nothing of policies. */
function checkSizes(source: Uint8Array, file: Uint8Array, { packets }: PrivacyResult): void {
  const [before, after] = [new CaptureReader(), new CaptureReader()];
  const isPacked = source[0] === 0x1f;
  before.push(isPacked ? new Uint8Array(0) : source);
  after.push(file);
  let count = 0;
  for (; after.next(); count++) {
    if (isPacked || !before.next()) continue;
    const [was, is] = [before.packet, after.packet];
    if (is.capturedLength > was.capturedLength) throw new Error(`packet ${count + 1} grew`);
    if (is.originalLength !== was.originalLength)
      throw new Error(`packet ${count + 1} has another length on the wire`);
  }
  after.end();
  if (after.problem) throw new Error(`the output cannot be read: ${after.problem.reason}`);
  if (count !== packets) throw new Error(`${count} packets in the output, ${packets} written`);
}
