// Flows that conntrack follows, and the tuples that their life makes: B at the beginning, C for what
// they moved between two dumps, E at the end. The sums of a flow's C and E are the kernel's totals.
import type { FlowMeterCounters } from "./counters.ts";
import type { FlowRow, RowSink } from "./flow-row.ts";
import type { HostView, Place } from "./host-view.ts";
import { type ConntrackEntry, entryKeySizeBytes, isClosedTcpState } from "./netlink/conntrack.ts";
import { copyCount, difference, isLess, isNoTraffic, noTraffic } from "./traffic-count.ts";
import { type FollowedFlow, ToldChanges } from "./told-changes.ts";
import type { FlowPhase, ToldChange, ToldFlow } from "./told-flow.ts";
import type { TrafficCount } from "./traffic-count.ts";
import { bytesKey, copied, isLoggedProtocol } from "./tuple.ts";

/** After TCP's close the last acknowledgements are waited for, and then counted. */
const closingMilliseconds = 1_000;
/** Flows that are missing from so many dumps one after the other have ended, though no event said so. */
const missedDumpsMax = 2;

interface Flow extends FollowedFlow {
  readonly place: Place;
  mark: number;
  /** What the kernel last said; `written` is what of it was told. */
  readonly seen: TrafficCount;
  /** The last dump that had it. */
  generation: number;
  /** Found by the first dump: what it moved before is not ours to tell. */
  wasThere: boolean;
  /** ended: E is written, the kernel keeps the entry for a while. */
  phase: FlowPhase;
}

interface Change {
  entry: ConntrackEntry;
  isNew: boolean;
  now: number;
}

export interface FlowTableOptions {
  flowCountMax: number;
  /** The rule that a mark stands for; "" when there is none. */
  ruleOf: (mark: number) => string;
  add: RowSink;
  counters: FlowMeterCounters;
}

export class FlowTable {
  readonly #flows = new Map<string, Flow>();
  readonly #options: FlowTableOptions;
  #view: HostView;
  #generation = 0;
  #isDumping = false;
  /** Flows that ended while a dump was read, which may still have them. */
  readonly #endedInDump = new Set<string>();
  readonly #closing: { key: string; at: number }[] = [];
  /** An earlier meter was killed, and this one goes on where it was: what is not known began after it. */
  #isContinued = false;
  readonly #told: ToldChanges;

  constructor(view: HostView, options: FlowTableOptions) {
    this.#view = view;
    this.#options = options;
    // As many as there may be open and ended since.
    this.#told = new ToldChanges(4 * options.flowCountMax);
  }

  /** Goes on where a meter was killed that had told this; before anything else. */
  restore(told: ReadonlyMap<string, ToldFlow>): void {
    this.#isContinued = true;
    for (const [key, flow] of told) {
      if (this.#flows.size >= this.#options.flowCountMax) return;
      this.#flows.set(key, newFlow(flow, 0));
    }
  }

  /** What of the flows was told and not yet given; null before the kernel's table was read once, or for nothing. */
  takeTold(): ToldChange | null {
    return this.#options.counters.dumpsTotal === 0 ? null : this.#told.take(this.#flows);
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  set view(view: HostView) {
    this.#view = view;
  }

  /** An event: new, or changed. */
  onEntry(entry: ConntrackEntry, isNew: boolean, now: number): void {
    const key = keyOf(entry);
    const flow = this.#flows.get(key);
    if (flow) this.#update(flow, key, { entry, isNew, now });
    else if (isNew) this.#begin(entry, key, now);
  }

  /** The event of an end, with the kernel's last counts. */
  onDestroyed(entry: ConntrackEntry, now: number): void {
    const key = keyOf(entry);
    if (this.#isDumping) this.#endedInDump.add(key);
    const known = this.#flows.get(key);
    const flow = known ?? this.#findLate(entry, key);
    if (!flow) return;
    if (entry.hasCounters) this.#count(flow, entry, now);
    else if (flow.phase !== "ended") this.#options.counters.endsWithoutCounters++;
    this.#end(flow, now);
    this.#flows.delete(key);
    this.#told.forget(flow);
  }

  startDump(): void {
    this.#generation++;
    this.#isDumping = true;
    this.#endedInDump.clear();
  }

  onDumpEntry(entry: ConntrackEntry, now: number): void {
    const key = keyOf(entry);
    if (this.#endedInDump.has(key)) return;
    const flow = this.#flows.get(key) ?? this.#findInDump(entry, key, now);
    if (!flow) return;
    flow.generation = this.#generation;
    this.#count(flow, entry, now);
    if (isClosedTcpState(entry.tcpState)) this.#end(flow, now);
    else if (flow.phase === "open") this.#continue(flow, now);
  }

  /** A dump that was interrupted says nothing of flows that it does not have. */
  finishDump(isComplete: boolean, now: number): void {
    this.#isDumping = false;
    this.#endedInDump.clear();
    this.#options.counters.dumpsTotal++;
    if (!isComplete) return;
    for (const [key, flow] of this.#flows) {
      if (this.#generation - flow.generation < missedDumpsMax) continue;
      if (flow.phase !== "ended") this.#countLost(flow);
      this.#end(flow, now);
      this.#flows.delete(key);
      this.#told.forget(flow);
    }
  }

  /** What it moved at last is not known. */
  #countLost({ generation }: Flow): void {
    const { counters } = this.#options;
    if (generation === 0 && this.#isContinued) counters.endsWhileAway++;
    else counters.endsWithoutCounters++;
  }

  /** Keys of closed flows whose last counts should be asked for now. */
  takeClosed(now: number, countMax: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    let taken = 0;
    for (const { key, at } of this.#closing) {
      if (at > now || keys.length >= countMax) break;
      taken++;
      const flow = this.#flows.get(key);
      if (flow?.phase === "closing") keys.push(flow.keyBytes);
    }
    this.#closing.splice(0, taken);
    return keys;
  }

  /** The answer for one of those. */
  onClosed(entry: ConntrackEntry, now: number): void {
    const flow = this.#flows.get(keyOf(entry));
    if (flow?.phase !== "closing" || !isClosedTcpState(entry.tcpState)) return;
    this.#count(flow, entry, now);
    this.#end(flow, now);
  }

  #begin(entry: ConntrackEntry, key: string, now: number): Flow | null {
    const flow = this.#insert(entry, key);
    if (!flow) return null;
    this.#options.counters.flowsBegun++;
    this.#write(flow, "B", noTraffic(), now);
    if (isClosedTcpState(entry.tcpState)) this.#close(flow, key, now);
    return flow;
  }

  #insert(entry: ConntrackEntry, key: string): Flow | null {
    if (!isLoggedProtocol(entry.protocol)) return null;
    const place = this.#view.place(entry.key, entry.reply);
    if (!place) return null;
    if (this.#flows.size >= this.#options.flowCountMax) {
      this.#options.counters.flowsOverflow++;
      return null;
    }
    const keyBytes = copied(entry.key, entryKeySizeBytes);
    const told = { place, keyBytes, mark: entry.mark, written: noTraffic() };
    const flow = newFlow({ ...told, phase: "open" }, this.#generation);
    this.#flows.set(key, flow);
    this.#told.change(flow);
    return flow;
  }

  /** Of what was there before us only what comes from now on is told; the rest began unseen. */
  #findInDump(entry: ConntrackEntry, key: string, now: number): Flow | null {
    if (this.#generation > 1 || this.#isContinued) {
      const flow = this.#begin(entry, key, now);
      if (flow) this.#options.counters.flowsFoundLate++;
      return flow;
    }
    const flow = this.#insert(entry, key);
    if (!flow) return null;
    if (!entry.hasCounters) this.#options.counters.flowsWithoutCounters++;
    flow.wasThere = true;
    copyCount(flow.seen, entry);
    copyCount(flow.written, entry);
    if (isClosedTcpState(entry.tcpState)) flow.phase = "ended";
    return flow;
  }

  /**
   * Where no event was lost, what ends and is not known had begun before us: a dump leaves out what has expired,
   * and the kernel tells of its end after that. An earlier meter may have told all of it.
   */
  #findLate(entry: ConntrackEntry, key: string): Flow | null {
    const { eventLossesTotal, flowsOverflow } = this.#options.counters;
    if (!this.#isContinued) {
      if (eventLossesTotal === 0 && flowsOverflow === 0) return null;
      if (this.#generation === 0 || (this.#generation === 1 && this.#isDumping)) return null;
    }
    const flow = this.#insert(entry, key);
    if (flow) this.#options.counters.flowsFoundLate++;
    return flow;
  }

  #update(flow: Flow, key: string, { entry, isNew, now }: Change): void {
    // The first dump had it before its event was read: it did not begin before us.
    if (isNew && flow.wasThere) this.#restart(flow, now);
    if (entry.mark !== 0) flow.mark = entry.mark;
    flow.generation = this.#generation;
    if (flow.phase === "open" && isClosedTcpState(entry.tcpState)) this.#close(flow, key, now);
  }

  #close(flow: Flow, key: string, now: number): void {
    flow.phase = "closing";
    this.#closing.push({ key, at: now + closingMilliseconds });
  }

  #count(flow: Flow, entry: ConntrackEntry, now: number): void {
    if (entry.mark !== 0) flow.mark = entry.mark;
    if (!entry.hasCounters) return;
    // The same id and tuple, but counted from zero: the end of the one before was lost.
    if (isLess(entry, flow.seen)) {
      this.#options.counters.endsWithoutCounters++;
      this.#end(flow, now);
      this.#restart(flow, now);
    }
    copyCount(flow.seen, entry);
  }

  /** All that it moved is still to be told. */
  #restart(flow: Flow, now: number): void {
    flow.phase = "open";
    flow.wasThere = false;
    copyCount(flow.written, noTraffic());
    this.#options.counters.flowsBegun++;
    this.#write(flow, "B", noTraffic(), now);
  }

  #continue(flow: Flow, now: number): void {
    const moved = difference(flow.seen, flow.written);
    if (isNoTraffic(moved) || !this.#write(flow, "C", moved, now)) return;
    this.#options.counters.flowsContinued++;
    copyCount(flow.written, flow.seen);
  }

  /** A second E is written only when something moved after the first. */
  #end(flow: Flow, now: number): void {
    const moved = difference(flow.seen, flow.written);
    if (flow.phase === "ended" && isNoTraffic(moved)) return;
    if (flow.phase !== "ended") this.#options.counters.flowsEnded++;
    flow.phase = "ended";
    this.#write(flow, "E", moved, now);
    copyCount(flow.written, flow.seen);
  }

  #write(flow: Flow, state: FlowRow["state"], moved: TrafficCount, time: number): boolean {
    const { add, ruleOf } = this.#options;
    this.#told.change(flow);
    return add({ ...flow.place, ...moved, time, state, rule: ruleOf(flow.mark) });
  }
}

const newFlow = (told: ToldFlow, generation: number): Flow => ({
  ...told,
  seen: { ...told.written },
  generation,
  wasThere: false,
  isChanged: false,
  isGone: false,
});

const keyOf = (entry: ConntrackEntry): string => bytesKey(entry.key, 0, entryKeySizeBytes);
