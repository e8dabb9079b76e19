import type { HostState, InterfaceRates } from "../common/host-state.ts";
import type { HostSample, InterfaceCounters } from "../metric/sample.ts";
import type { Flight } from "./flight.ts";

const interfaceCountMax = 1_024;

/** Where the figures come from; each is asked when they are told. */
export interface HostStateSources {
  flight: Flight;
  certificateEndsAt(): number;
  clockOffsetMilliseconds(): number | null;
  spool: { readonly waitingCount: number; readonly droppedCount: number };
}

/** Makes what is told of this host; rates are means of the time since it was last read. */
export class HostStateReader {
  readonly #sources: HostStateSources;
  #newest: HostSample | null = null;
  #before: HostSample | null = null;
  #spent: { at: number; microseconds: number } | null = null;

  constructor(sources: HostStateSources) {
    this.#sources = sources;
  }

  sampled(sample: HostSample): void {
    this.#newest = sample;
  }

  read(now = performance.now()): HostState {
    const { flight, spool } = this.#sources;
    const recorder = flight.recorder?.standing() ?? null;
    return {
      agent: {
        runningMilliseconds: Math.round(process.uptime() * 1_000),
        cpuShare: this.#cpuShare(now),
        memoryBytes: process.memoryUsage.rss(),
        certificateEndsAt: this.#sources.certificateEndsAt(),
        clockOffsetMilliseconds: this.#sources.clockOffsetMilliseconds(),
        waitingCount: spool.waitingCount,
        droppedCount: spool.droppedCount,
      },
      recorder: recorder && {
        ...recorder,
        unwatched: recorder.unwatched.slice(0, interfaceCountMax),
      },
      recorderOff: flight.off,
      interfaces: this.#rates(),
    };
  }

  #cpuShare(now: number): number | null {
    const { user, system } = process.cpuUsage();
    const before = this.#spent;
    this.#spent = { at: now, microseconds: user + system };
    if (!before || now <= before.at) return null;
    return (user + system - before.microseconds) / 1_000 / (now - before.at);
  }

  #rates(): InterfaceRates[] {
    const [after, before] = [this.#newest, this.#before];
    this.#before = after;
    if (!after) return [];
    const seconds = before ? (after.time - before.time) / 1_000 : 0;
    const isSameBoot = before?.bootId === after.bootId && seconds > 0;
    return after.interfaces
      .slice(0, interfaceCountMax)
      .map((each) =>
        ratesOf(each, isSameBoot ? find(before, each.name) : undefined, Math.max(seconds, 1)),
      );
  }
}

const find = (sample: HostSample | null, name: string): InterfaceCounters | undefined =>
  sample?.interfaces.find((each) => each.name === name);

/** A counter that began again counts as standing still: the next telling has it right. */
function ratesOf(
  after: InterfaceCounters,
  before: InterfaceCounters | undefined,
  seconds: number,
): InterfaceRates {
  const rate = (field: Exclude<keyof InterfaceCounters, "name">): number =>
    before ? Math.max(0, after[field] - before[field]) / seconds : 0;
  return {
    name: after.name,
    bytesInPerSecond: rate("bytesIn"),
    bytesOutPerSecond: rate("bytesOut"),
    packetsInPerSecond: rate("packetsIn"),
    packetsOutPerSecond: rate("packetsOut"),
  };
}
