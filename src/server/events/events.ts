import type { Clock } from "../../common/clock.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import type { ProcessMetrics } from "../../common/metrics.ts";
import type { State } from "../../state/state.ts";
import type { StateChange } from "../../state/watched-state.ts";
import { type EventSubject, subjectOf } from "./event-kinds.ts";
import { createEventRing, type EventRing, firstIdOf, ringSlotCountMax } from "./event-ring.ts";
import { createSubscriber, type Subscriber } from "./subscriber.ts";

/** Readers at once: of one caller, and of all. */
export const subscriberCountPerCallerMax = 8;
export const subscriberCountMax = 200;
/** A comment is sent this often when there is nothing else; readers are looked at as often. */
const heartbeatMilliseconds = 15_000;
/** Who takes nothing for so long is gone, or as good as gone. */
const stalledMilliseconds = 60_000;
/** Several changes of who may what are looked at together. */
const recheckDelayMilliseconds = 50;

/** Collections in which a change may mean that a reader may read no more. */
const accessCollections: ReadonlySet<string> = new Set([
  "webSessions",
  "users",
  "clients",
  "roleAssignments",
]);

/** Who reads, and how to be rid of them. */
export interface Reader {
  callerId: string;
  /** The last id that the reader has had; null: it begins. */
  after: number | null;
  /** Whether they still may. */
  isAllowed(): Promise<boolean>;
  /** Cuts the connection of one that takes nothing. */
  cut(): void;
}

/** What happens here, for whoever watches it live. */
export interface Events extends Closable {
  /** Something in the state changed. */
  changed(change: StateChange): void;
  publish(subject: EventSubject): void;
  /** Throws `TooManyRequests`. */
  subscribe(reader: Reader): Pick<Subscriber, "read" | "end">;
  /** Ids go on after those of the run before; call it before anybody subscribes. */
  open(state: State): Promise<void>;
}

export interface EventsOptions {
  clock: Clock;
  log: Log;
  metrics: ProcessMetrics;
  heartbeatMilliseconds?: number;
  stalledMilliseconds?: number;
  slotCountMax?: number;
}

export function createEvents(options: EventsOptions): Events {
  const { clock, log, metrics } = options;
  const heartbeat = options.heartbeatMilliseconds ?? heartbeatMilliseconds;
  const stalled = options.stalledMilliseconds ?? stalledMilliseconds;
  const readers = new Map<Subscriber, Reader>();
  let ring = createEventRing(firstIdOf(clock.now(), null), options.slotCountMax);
  let recheck: NodeJS.Timeout | null = null;
  const counter = metrics.counter("nightcap_events_total", "Events about changes of the state");
  const cuts = metrics.counter("nightcap_events_cut_total", "Readers of events that were cut off");
  metrics.gauge("nightcap_events_readers", "Readers of events now", () => readers.size);

  const end = (subscriber: Subscriber): void => {
    readers.delete(subscriber);
    subscriber.end();
  };
  const look = async (): Promise<void> => {
    for (const [subscriber, reader] of readers) {
      if (!(await reader.isAllowed())) end(subscriber);
    }
  };
  const lookSoon = (): void => {
    recheck ??= setTimeout(() => {
      recheck = null;
      look().catch((error: unknown) => log.error({ reason: describeError(error) }, "readers"));
    }, recheckDelayMilliseconds);
  };
  const cutStalled = (): void => {
    for (const [subscriber, reader] of readers) {
      const { busySince } = subscriber;
      if (busySince === null || clock.now() - busySince < stalled) continue;
      end(subscriber);
      reader.cut();
      cuts.add();
    }
  };
  const sweep = setInterval(() => {
    cutStalled();
    lookSoon();
  }, heartbeat);
  sweep.unref();
  const publish = (subject: EventSubject): void => {
    counter.add();
    ring.add(subject, clock.now());
    for (const subscriber of readers.keys()) subscriber.wake();
  };
  return {
    publish,
    changed(change) {
      const subject = subjectOf(change);
      if (subject) publish(subject);
      const mayEnd = change.collection === "webSessions" ? change.body === null : true;
      if (accessCollections.has(change.collection ?? "") && mayEnd) lookSoon();
    },
    subscribe(reader) {
      checkRoom(readers, reader.callerId);
      const { after } = reader;
      const now = (): number => clock.now();
      const subscriber = createSubscriber({ ring, after, now, heartbeatMilliseconds: heartbeat });
      readers.set(subscriber, reader);
      return { read: () => subscriber.read(), end: () => end(subscriber) };
    },
    async open(state) {
      ring = await openRing(state, clock.now(), options.slotCountMax);
    },
    async close() {
      clearInterval(sweep);
      if (recheck) clearTimeout(recheck);
      for (const subscriber of readers.keys()) end(subscriber);
    },
  };
}

async function openRing(
  state: State,
  now: number,
  slotCountMax: number = ringSlotCountMax,
): Promise<EventRing> {
  const runs = state.documents<{ firstId: number }>("eventRuns");
  const before = await runs.get("last");
  const firstId = firstIdOf(now, before?.body.firstId ?? null);
  await runs.put("last", { firstId });
  return createEventRing(firstId, slotCountMax);
}

function checkRoom(readers: ReadonlyMap<Subscriber, Reader>, callerId: string): void {
  const own = Array.from(readers.values()).filter((each) => each.callerId === callerId);
  if (own.length < subscriberCountPerCallerMax && readers.size < subscriberCountMax) return;
  throw new NightcapError(
    "TooManyRequests",
    `too many read events now: ${subscriberCountPerCallerMax} of one caller and ${subscriberCountMax} of all may`,
  );
}
