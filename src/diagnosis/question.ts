import { isIP } from "node:net";
import { z } from "zod";
import { captureFilter, lookBackSecondsMax } from "../capture/session.ts";
import { blockRefusal, blocksState, blockSpec } from "../common/block-spec.ts";

const noteCountMax = 20;
const probeCountMax = 20;
const headerCountMax = 20;
const statusCountMax = 20;
/** The table of the most blocks that a host may have. */
const scriptLengthMax = 2 << 20;
const filterCountMax = 100;
const interfaceCountMax = 64;

const address = z
  .string()
  .max(45)
  .refine((text) => isIP(text) !== 0, "an IP address expected");
const port = z.int().min(0).max(65_535);
const shortText = z.string().max(1_000);

/** A name or an address, and never something that a program would read as an option. */
const destination = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9_:](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_.:])?$/,
    "a host name or an IP address expected",
  );

/** What the control plane asks a host about its network. Asking changes nothing there. */
export const hostQuestion = z.discriminatedUnion("kind", [
  /** What nftables does with the first packet of a new connection. */
  z.strictObject({
    kind: z.literal("filterVerdict"),
    direction: z.enum(["Inbound", "Outbound"]),
    protocol: z.enum(["tcp", "udp"]),
    localAddress: address,
    remoteAddress: address,
    /** Null: any. */
    localPort: port.nullable(),
    remotePort: port.nullable(),
  }),
  z.strictObject({ kind: z.literal("nextHop"), source: address, destination: address }),
  /** Real connections, or ICMP echo requests, from the host. */
  z.strictObject({
    kind: z.literal("connect"),
    protocol: z.enum(["tcp", "icmp", "http", "https"]),
    destination,
    /** Null for ICMP. */
    port: port.nullable(),
    probeCount: z.int().min(1).max(probeCountMax),
    timeoutMilliseconds: z.int().min(100).max(10_000),
    http: z
      .strictObject({
        path: z.string().max(2_048),
        headers: z
          .array(z.strictObject({ name: z.string().max(100), value: z.string().max(1_000) }))
          .max(headerCountMax),
        /** Statuses that count as reached; none: any from 200 to 399. */
        validStatuses: z.array(z.int().min(100).max(599)).max(statusCountMax),
      })
      .nullable(),
  }),
  /** What is blocked there now, and whether one more block would be made. */
  z.strictObject({ kind: z.literal("blocks"), check: blockSpec.nullable() }),
  /** What a capture with these filters would be given there: asked while somebody writes them. */
  z.strictObject({
    kind: z.literal("capturePreview"),
    filters: z.array(captureFilter).max(filterCountMax),
    /** Bytes kept of each packet; 0: all. */
    snapLengthBytes: z.int().min(0),
    /** Null: what the whole ring holds. */
    lookBack: z
      .strictObject({
        seconds: z.int().min(1).max(lookBackSecondsMax),
        /** Milliseconds since the epoch; null: from now. */
        from: z.int().min(0).nullable(),
      })
      .nullable(),
  }),
]);

export const nextHopKinds = [
  "local",
  "onLink",
  "defaultGateway",
  "gateway",
  "tunnel",
  "none",
] as const;

/** What a host answers, under the question's kind. */
export const hostAnswer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("filterVerdict"),
    /** Unknown: a rule that cannot be judged from outside decides. */
    verdict: z.enum(["accept", "drop", "unknown"]),
    /** Where it was decided: `inet/filter/input handle 4`. */
    rule: shortText,
    /** Rules on the way that could not be judged, and why. */
    notJudged: z.array(shortText).max(noteCountMax),
  }),
  z.object({
    kind: z.literal("nextHop"),
    hop: z.enum(nextHopKinds),
    gateway: z.string().max(45).nullable(),
    /** The network interface that is used; null when there is no route. */
    device: z.string().max(15).nullable(),
    /** As the routing table has it: `default`, `192.0.2.0/24`. */
    route: z.string().max(100).nullable(),
  }),
  z.object({
    kind: z.literal("connect"),
    /** The address that was probed; null when the name has none. */
    address: z.string().max(45).nullable(),
    /** One for each probe: how long it took, or why it failed. */
    probes: z
      .array(
        z.object({
          milliseconds: z.number().min(0).nullable(),
          error: z.string().max(200).nullable(),
        }),
      )
      .max(probeCountMax),
  }),
  z.object({
    kind: z.literal("blocks"),
    state: blocksState,
    check: z
      .object({
        refusal: blockRefusal.nullable(),
        /** What nft would be given; null when it is refused. */
        script: z.string().max(scriptLengthMax).nullable(),
      })
      .nullable(),
  }),
  z.object({
    kind: z.literal("capturePreview"),
    /** Interfaces that a capture would record now. */
    interfaces: z.array(z.string().max(64)).max(interfaceCountMax),
    /** What libpcap says of the filter, where it refuses it. */
    problem: shortText.nullable(),
    /** Null: the host keeps no ring. */
    ring: z
      .object({
        sizeBytes: z.int().min(0),
        sizeBytesMax: z.int().min(0),
        /** Milliseconds since the epoch; null: it holds nothing yet. */
        interfaces: z
          .array(z.object({ name: z.string().max(64), reachesBackTo: z.number().nullable() }))
          .max(interfaceCountMax),
        packets: z.int().min(0),
        bytes: z.int().min(0),
        /** Only the newest part was read: at least so much is there. */
        isPartial: z.boolean(),
        readBytes: z.int().min(0),
      })
      .nullable(),
    /** Of the disk that recordings are written to. */
    freeBytes: z.number().min(0),
  }),
]);

export const answerError = z.object({ code: z.string().max(64), message: z.string().max(2_000) });

export type HostQuestion = z.infer<typeof hostQuestion>;
export type HostAnswer = z.infer<typeof hostAnswer>;
/** Those that are about the network; the others are answered by whoever blocks or records. */
export type NetworkQuestion = Exclude<HostQuestion, { kind: "blocks" | "capturePreview" }>;
export type QuestionOf<Kind extends HostQuestion["kind"]> = Extract<HostQuestion, { kind: Kind }>;
export type AnswerOf<Kind extends HostAnswer["kind"]> = Extract<HostAnswer, { kind: Kind }>;
