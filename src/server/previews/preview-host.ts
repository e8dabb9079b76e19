import { z } from "zod";
import type { PacketCaptureRequest } from "../../arm/packet-capture.ts";
import { isoTime } from "../../common/clock.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import type { AnswerOf, HostAnswer, HostQuestion } from "../../diagnosis/question.ts";
import { previewProtocolVersion } from "../../uplink/messages.ts";
import { time } from "../openapi/shapes.ts";

/** What of the hub is used. */
export interface PreviewHub {
  protocolVersionOf(hostId: string): number | null;
  ask(hostId: string, question: HostQuestion): Promise<HostAnswer>;
}

/** What one host says of a capture that is still being written. */
export const viewedHost = z.object({
  name: z.string(),
  compiles: z.boolean().nullable().describe("Null: it could not be asked; `problem` says why"),
  problem: z.string().nullable(),
  interfaces: z.array(z.string()),
  ring: z
    .object({
      reachesBackTo: time
        .nullable()
        .describe("Where every interface that is recorded reaches back to; null: nothing yet"),
      interfaces: z.array(z.object({ name: z.string(), reachesBackTo: time.nullable() })),
      sizeBytes: z.number(),
      sizeBytesMax: z.number(),
      packets: z.number(),
      bytes: z.number(),
      isPartial: z.boolean().describe("Only the newest `readBytes` were read"),
      readBytes: z.number(),
    })
    .nullable()
    .describe("Null: it keeps no ring, or could not be asked"),
  freeBytes: z.number().nullable().describe("Of the disk that it records to"),
});
export type HostPreview = z.output<typeof viewedHost>;

export async function previewHost(
  hub: PreviewHub,
  { hostId, name }: { hostId: string; name: string },
  request: PacketCaptureRequest,
): Promise<HostPreview> {
  const none = { name, compiles: null, interfaces: [], ring: null, freeBytes: null };
  try {
    const version = hub.protocolVersionOf(hostId);
    if (version === null || version < previewProtocolVersion) throw notAsked(version);
    const answer = await hub.ask(hostId, questionOf(request));
    if (answer.kind !== "capturePreview") throw notAsked(version);
    const { problem, interfaces, freeBytes } = answer;
    const ring = answer.ring && viewRing(answer.ring);
    return { name, compiles: problem === null, problem, interfaces, ring, freeBytes };
  } catch (error) {
    if (!(error instanceof NightcapError)) throw error;
    return { ...none, problem: describeError(error) };
  }
}

function questionOf(request: PacketCaptureRequest): HostQuestion {
  const { lookBackInSeconds: seconds, lookBackFrom: from } = request;
  return {
    kind: "capturePreview",
    filters: request.filters,
    snapLengthBytes: request.bytesToCapturePerPacket,
    lookBack:
      seconds === 0 ? null : { seconds, from: from === undefined ? null : Date.parse(from) },
  };
}

function viewRing(ring: NonNullable<AnswerOf<"capturePreview">["ring"]>): HostPreview["ring"] {
  const reached = ring.interfaces.flatMap(({ reachesBackTo }) => reachesBackTo ?? []);
  return {
    ...ring,
    reachesBackTo: reached.length === 0 ? null : isoTime(Math.max(...reached)),
    interfaces: ring.interfaces.map(({ name, reachesBackTo }) => ({
      name,
      reachesBackTo: reachesBackTo === null ? null : isoTime(reachesBackTo),
    })),
  };
}

const notAsked = (version: number | null): NightcapError =>
  new NightcapError(
    "VMAgentStatusCommunicationError",
    version === null
      ? "the host is not connected: what its ring holds is not known now"
      : "the host's agent is too old to say what its ring holds",
  );
