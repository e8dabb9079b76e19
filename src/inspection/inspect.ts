import { CapturePass, type PacketChoice, type PassResult } from "./capture-pass.ts";
import type { PacketIndex } from "./browse/packet-index.ts";
import type { ChangeOptions } from "./change/change-options.ts";
import type { OwnersFile } from "./change/socket-owner.ts";
import { decompressed } from "./file/decompressed.ts";
import { defaultPolicy, type Policy } from "./findings/policy.ts";
import type { Inspection } from "./inspection.ts";
import { inspectionJson } from "./inspection-json.ts";

/** How far up packets are dissected: to the transport protocols, or everything. */
export type InspectionDepth = "transport" | "all";

export interface InspectOptions {
  /** Ends the inspection with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the bytes of the source read so far. */
  onProgress?: (bytes: number) => void;
  /**
   * `transport` is faster and leaves out what is above TCP and UDP, tunnels inside UDP included, and what takes
   * all flows together: services, scans, beacons, findings.
   */
  depth?: InspectionDepth;
  /** What is expected on the network; the default policy unless told. */
  policy?: Policy;
  /** Only these packets count; all of them unless told. */
  accepts?: PacketChoice;
  /** Which process owned which socket while the capture was made. */
  owners?: OwnersFile;
  /** Also answers what changed at a moment; nobody asks unless told. */
  change?: ChangeOptions;
  /** Gets the place of every packet, by which the file is opened later without being read. */
  index?: PacketIndex;
}

/**
 * Inspects a pcap or pcapng file, also gzipped, in one pass. A file that is cut or damaged gives what
 * could be read, and `problem` says where and why. Raises CaptureFormatUnknown for any other file.
 */
export async function inspect(
  source: AsyncIterable<Uint8Array>,
  options: InspectOptions = {},
): Promise<Inspection> {
  const { brief, lists } = await passOver(source, options);
  const { tcpStreams, destinations, conversations } = lists;
  return {
    ...brief,
    tcpStreams: [...tcpStreams.entries()],
    destinations: {
      ipv4: Object.fromEntries(destinations.ipv4.entries()),
      ipv6: Object.fromEntries(destinations.ipv6.entries()),
    },
    conversations: {
      ipv4: [...conversations.ipv4.entries()],
      ipv6: [...conversations.ipv6.entries()],
    },
  };
}

export interface JsonOptions extends InspectOptions {
  /** Members of the object before those of the inspection. */
  firstMembers?: Readonly<Record<string, unknown>>;
}

/** The same inspection as a line of JSON, in pieces that are valid until the next is asked for. */
export async function inspectAsJsonLine(
  source: AsyncIterable<Uint8Array>,
  { firstMembers = {}, ...options }: JsonOptions = {},
): Promise<Iterable<Uint8Array>> {
  return inspectionJson(await passOver(source, options), firstMembers);
}

/** One pass over a capture, its long lists still to be made. */
export async function passOver(
  source: AsyncIterable<Uint8Array>,
  options: InspectOptions,
): Promise<PassResult> {
  const { signal, onProgress, depth = "all", policy = defaultPolicy, accepts, change } = options;
  // What is above TCP and UDP is loaded where it is wanted: it is half of the start.
  if (depth === "all") await import("./dissect/protocols.ts");
  const pass = new CapturePass(depth, accepts);
  if (options.index)
    pass.index = new (await import("./browse/build-index.ts")).IndexMaker(options.index);
  const answer =
    change && (await import("./change/watch-change.ts")).watchChange(pass, { policy, ...change });
  const compressed = { problem: null as string | null };
  for await (const chunk of decompressed(source, { compressed, onProgress })) {
    signal?.throwIfAborted();
    pass.read(chunk);
    if (pass.reader.problem) break;
  }
  pass.reader.end();
  pass.index?.end(pass.reader);
  const result = pass.result(compressed.problem, policy);
  const named = options.owners ? await withOwners(result, options.owners) : result;
  return answer ? { ...named, brief: { ...named.brief, change: await answer() } } : named;
}

async function withOwners({ brief, lists }: PassResult, owners: OwnersFile): Promise<PassResult> {
  const { nameOwners } = await import("./change/inspected-owners.ts");
  const tcpStreams = lists.tcpStreams.entries();
  return { brief: { ...brief, ...nameOwners({ ...brief, tcpStreams }, owners) }, lists };
}
