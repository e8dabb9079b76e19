import { z } from "zod";
import {
  hostState,
  interfaceRates,
  recordedInterface,
  recorderState,
} from "../../common/host-state.ts";
import { time } from "../openapi/shapes.ts";

/** The ring in a line. */
const ringOff = z.object({
  on: z.literal(false),
  off: hostState.shape.recorderOff.describe("Why there is none"),
});
const ringOn = z.object({
  on: z.literal(true),
  off: z.null(),
  reachSeconds: z.int().nullable().describe("How far back all is there; null: nothing is there"),
  reachesBackTo: time.nullable(),
  sizeBytes: z.int(),
  sizeBytesMax: z.int(),
  heldBytes: z.int().describe("What captures hold besides the ring"),
  packetsPerSecond: z.number(),
  bytesPerSecond: z.number(),
  recordedCount: z.int().describe("Interfaces that are recorded now"),
  troubleCount: z.int().describe("Interfaces that are in trouble, or not watched"),
});
const nobodyTold = "Null: the host has not told in this run of the control plane";

/** A host in the list. */
export const viewedHost = z.object({
  name: z.string(),
  resourceId: z.string(),
  state: z
    .enum(["connected", "away", "waiting"])
    .describe("waiting: it joined and was never heard of since"),
  since: time.nullable(),
  lastSeenTime: time.nullable(),
  agentVersion: z.string().nullable(),
  hostName: z.string().nullable(),
  operatingSystem: z.string().nullable(),
  interfaces: z.array(z.string()).describe("Names of those that are up; the first 8"),
  addresses: z.array(z.string()).describe("The first 8"),
  captureCount: z.int().describe("Captures that are under way"),
  told: time.nullable().describe("When it last said how it stands"),
  isTooOld: z.boolean().describe("Its agent cannot say how it stands"),
  ring: z.union([ringOn, ringOff]).nullable().describe(nobodyTold),
});

const ages = { reachMilliseconds: true, missingMilliseconds: true } as const;
const viewedRecorded = recordedInterface.omit(ages).extend({
  reachesBackTo: time.nullable(),
  reachSeconds: z.int().nullable(),
  missingSeconds: z.int().describe("How much of that time was not recorded"),
});
const wholeRing = recorderState.omit({ reachMilliseconds: true }).extend({
  ...ringOn.shape,
  interfaces: z.array(viewedRecorded),
});

const viewedInterface = z.object({
  name: z.string(),
  macAddress: z.string(),
  up: z.boolean(),
  addresses: z.array(z.string()).describe("With the length of their prefix"),
  isRecorded: z.boolean().nullable().describe("Null: it is not known"),
  rates: interfaceRates.omit({ name: true }).nullable(),
});

const viewedAgent = hostState.shape.agent
  .omit({ runningMilliseconds: true, certificateEndsAt: true })
  .extend({ startTime: time });

/** A host with all that is known of it. */
export const viewedWholeHost = viewedHost.extend({
  kernel: z.string().nullable(),
  cpuCount: z.int().nullable(),
  memoryBytes: z.int().nullable(),
  networkNamespace: z
    .string()
    .nullable()
    .describe("The one that is watched; null: its agent's own"),
  dumpcapVersion: z.string().nullable(),
  interfaces: z.array(viewedInterface),
  ring: z.union([wholeRing, ringOff]).nullable().describe(nobodyTold),
  agent: viewedAgent.nullable().describe(nobodyTold),
  certificateEndTime: time.nullable(),
  captures: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      sessionId: z.string(),
      phase: z.enum(["waiting", "recording", "finishing", "uploading", "finished"]),
    }),
  ),
  flowLogging: z
    .object({
      wantedCount: z.int().describe("Flow logs that it is to record"),
      recordingCount: z.int(),
      engine: z.enum(["conntrack", "packets"]).nullable(),
      problem: z.string().nullable(),
    })
    .nullable()
    .describe("Null: nothing was ever wanted of it"),
  blockCount: z.int().describe("Blocks that have not ended"),
});
export type ViewedHost = z.input<typeof viewedHost>;
export type ViewedWholeHost = z.input<typeof viewedWholeHost>;
