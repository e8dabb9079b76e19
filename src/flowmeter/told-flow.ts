// What was told of each flow that is followed, as bytes that outlive the meter: a meter that starts after
// a kill goes on from there, so that what the kernel counted is told once.
//   key 41 | what 1 | outbound 1 | 0 | mark 4 | MAC 12 | interface 16 | tuple 37 | 0 0 0 | counters 4 x 8
import type { Place } from "./host-view.ts";
import { entryKeySizeBytes } from "./netlink/conntrack.ts";
import { type TrafficCount, noTraffic } from "./traffic-count.ts";
import { bytesKey, copied, tupleSizeBytes } from "./tuple.ts";

const whatAt = entryKeySizeBytes;
const outboundAt = 42;
const markAt = 44;
const macAt = 48;
const nameAt = 60;
const tupleAt = 76;
const countersAt = 116;
export const toldFlowSizeBytes = 148;

const isOpen = 1;
const isEnded = 2;
const isGone = 3;

export type FlowPhase = "open" | "closing" | "ended";

/** One flow, as far as it was told. */
export interface ToldFlow {
  readonly place: Place;
  readonly keyBytes: Uint8Array;
  readonly mark: number;
  readonly written: TrafficCount;
  /** ended: its end was told, and the kernel still has it. */
  readonly phase: FlowPhase;
}

/** What changed since the last time; `isWhole` when it is all that there is, and nothing before it counts. */
export interface ToldChange {
  isWhole: boolean;
  bytes: Uint8Array;
}

/** Null stands for a flow that is not followed any more. */
export function writeToldFlows(
  flows: readonly (readonly [keyBytes: Uint8Array, flow: ToldFlow | null])[],
): Uint8Array {
  const bytes = Buffer.alloc(flows.length * toldFlowSizeBytes);
  flows.forEach(([keyBytes, flow], index) => {
    const record = bytes.subarray(index * toldFlowSizeBytes, (index + 1) * toldFlowSizeBytes);
    record.set(keyBytes);
    record[whatAt] = isGone;
    if (flow) writeFlow(record, flow);
  });
  return bytes;
}

function writeFlow(to: Buffer, { place, mark, written, phase }: ToldFlow): void {
  to[whatAt] = phase === "ended" ? isEnded : isOpen;
  to[outboundAt] = Number(place.isOutbound);
  to.writeUInt32BE(mark, markAt);
  to.write(place.link.macAddress, macAt, nameAt - macAt, "latin1");
  to.write(place.link.name, nameAt, tupleAt - nameAt, "latin1");
  to.set(place.tuple, tupleAt);
  to.writeDoubleBE(written.packetsToDestination, countersAt);
  to.writeDoubleBE(written.bytesToDestination, countersAt + 8);
  to.writeDoubleBE(written.packetsToSource, countersAt + 16);
  to.writeDoubleBE(written.bytesToSource, countersAt + 24);
}

/** What changes written one after the other come to, by key. */
export function readToldFlows(bytes: Uint8Array): Map<string, ToldFlow> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flows = new Map<string, ToldFlow>();
  const links = new Map<string, Place["link"]>();
  for (let at = 0; at + toldFlowSizeBytes <= all.length; at += toldFlowSizeBytes) {
    const record = all.subarray(at, at + toldFlowSizeBytes);
    const key = bytesKey(record, 0, entryKeySizeBytes);
    if (record[whatAt] === isGone) flows.delete(key);
    else flows.set(key, readFlow(record, links));
  }
  return flows;
}

function readFlow(record: Buffer, links: Map<string, Place["link"]>): ToldFlow {
  const linkKey = bytesKey(record, macAt, tupleAt);
  const link = links.get(linkKey) ?? {
    macAddress: record.toString("latin1", macAt, nameAt),
    name: record.toString("latin1", nameAt, tupleAt).replace(/\0+$/, ""),
  };
  links.set(linkKey, link);
  const tuple = copied(record.subarray(tupleAt), tupleSizeBytes);
  const written = noTraffic();
  written.packetsToDestination = record.readDoubleBE(countersAt);
  written.bytesToDestination = record.readDoubleBE(countersAt + 8);
  written.packetsToSource = record.readDoubleBE(countersAt + 16);
  written.bytesToSource = record.readDoubleBE(countersAt + 24);
  return {
    place: { link, tuple, isOutbound: record[outboundAt] === 1 },
    keyBytes: copied(record, entryKeySizeBytes),
    mark: record.readUInt32BE(markAt),
    written,
    phase: record[whatAt] === isEnded ? "ended" : "open",
  };
}
