import type { FlowMeterCounters } from "./counters.ts";
import type { RowSink } from "./flow-row.ts";
import type { Link } from "./host-view.ts";
import { bytesKey, copied, tupleSizeBytes } from "./tuple.ts";

const deniedFlowCountMax = 65_536;

interface DeniedFlow {
  link: Link;
  isOutbound: boolean;
  tuple: Uint8Array;
  rule: string;
  /** Of the first packet since the last tuple. */
  time: number;
  packets: number;
  bytes: number;
  /** 0: never. */
  writtenAt: number;
}

export interface DeniedPacket {
  link: Link;
  isOutbound: boolean;
  tuple: Uint8Array;
  rule: string;
  time: number;
  bytes: number;
}

export interface DenyTable {
  /** Takes a denied packet; `tuple` is copied. */
  take(packet: DeniedPacket): void;
  /** Writes the first packet of a flow at once, and what came after it once an interval. */
  flush(now: number): void;
  readonly flowCount: number;
}

/** Denied packets, put together by flow and rule: many tries of one client are one tuple an interval. */
export function createDenyTable(options: {
  intervalMilliseconds: number;
  add: RowSink;
  counters: FlowMeterCounters;
}): DenyTable {
  const { counters } = options;
  const flows = new Map<string, DeniedFlow>();

  function write(flow: DeniedFlow, now: number): void {
    const { link, isOutbound, tuple, rule, time, packets, bytes } = flow;
    const isTaken = options.add({
      time,
      link,
      isOutbound,
      tuple,
      rule,
      state: "D",
      packetsToDestination: packets,
      bytesToDestination: bytes,
      packetsToSource: 0,
      bytesToSource: 0,
    });
    if (!isTaken) return;
    counters.flowsDenied++;
    flow.packets = flow.bytes = 0;
    flow.writtenAt = now;
  }

  return {
    get flowCount() {
      return flows.size;
    },
    take({ tuple, rule, isOutbound, link, time, bytes }) {
      counters.packetsDenied++;
      const key = `${bytesKey(tuple, 0, tupleSizeBytes)}${isOutbound ? "o" : "i"}${rule}`;
      let flow = flows.get(key);
      if (!flow) {
        if (flows.size >= deniedFlowCountMax) {
          counters.flowsOverflow++;
          return;
        }
        const copy = copied(tuple, tupleSizeBytes);
        flow = { link, isOutbound, tuple: copy, rule, time, packets: 0, bytes: 0, writtenAt: 0 };
        flows.set(key, flow);
      }
      if (flow.packets === 0) flow.time = time;
      flow.packets++;
      flow.bytes += bytes;
    },
    flush(now) {
      for (const [key, flow] of flows) {
        if (flow.writtenAt !== 0 && now - flow.writtenAt < options.intervalMilliseconds) continue;
        if (flow.packets > 0) write(flow, now);
        else flows.delete(key);
      }
    },
  };
}
