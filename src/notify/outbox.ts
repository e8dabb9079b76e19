import { createHash } from "node:crypto";
import { type Backoff, backoffDelay } from "../common/backoff.ts";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { type AcceptOptions, acceptFor } from "./accept.ts";
import { boundMessage, messageIdOf, type NotificationMessage } from "./message.ts";
import {
  attemptCountMax,
  type DeadLetter,
  deadLetterCountMax,
  incidentPrefix,
  type OutboxEntry,
  retryBackoff,
  sentEntry,
  sentKeptMilliseconds,
} from "./outbox-entry.ts";
import { createRateLimits } from "./rate-limits.ts";
import { releaseHeld } from "./release.ts";
import { isRouted } from "./routes.ts";
import { failed, type SendResult, type Target } from "./target.ts";
import type { TargetSettings } from "./target-settings.ts";

const lookMillisecondsDefault = 1_000;
const dueCountMax = 2_000;
const errorLengthMax = 500;

/** The tables of the outbox; `transact` gives them for writes that take effect together. */
export interface OutboxTables {
  entries: DocumentTable<OutboxEntry>;
  deadLetters: DocumentTable<DeadLetter>;
}

export type OutboxCount = "sent" | "failed" | "dead" | "held" | "dropped";

export interface OutboxOptions {
  tables: OutboxTables;
  transact: <Result>(work: (tables: OutboxTables) => Promise<Result>) => Promise<Result>;
  /** The targets as they are now; asked at each use. */
  targets: () => readonly TargetSettings[];
  openTarget: (settings: TargetSettings) => Target;
  clock: Clock;
  log: Log;
  count?: (name: OutboxCount, target: string) => void;
  backoff?: Backoff;
  /** How often it looks for messages whose time has come; each second unless told. */
  lookMilliseconds?: number;
  random?: () => number;
}

/** Messages to their targets, at least once each, in order within an incident. */
export interface Outbox {
  /** Resolves when the message is recorded for every target that wants it; the same one again changes nothing. */
  send(message: NotificationMessage): Promise<void>;
  /** Puts dead letters back, all or those of these ids; the number that were. */
  retry(ids: readonly string[] | null): Promise<number>;
  /** Forgets dead letters, all or those of these ids; the number that were. */
  drop(ids: readonly string[] | null): Promise<number>;
  deadLetters(): Promise<DeadLetter[]>;
  /** How each update of an incident stands with each target that there is now. */
  deliveriesOf(incidentId: string): Promise<Delivery[]>;
  start(): Closable;
}

/** One update of an incident on its way to one target. */
export interface Delivery {
  revision: number;
  target: string;
  state: OutboxEntry["state"] | "failed";
  /** When it was sent or given up (ms since the epoch); null before. */
  at: number | null;
  /** Why the last try failed. */
  reason: string | null;
}

type Stored = StoredDocument<OutboxEntry>;

export function createOutbox(options: OutboxOptions): Outbox {
  const worker = new Worker(options);
  const { tables, log } = options;
  let wake = (): void => {};
  const chosen = async (ids: readonly string[] | null): Promise<DeadLetter[]> => {
    const found =
      ids === null ? await tables.deadLetters.list() : await tables.deadLetters.getMany(ids);
    return found.map(({ body }) => body);
  };
  return {
    async send(message) {
      const bounded = boundMessage(message);
      for (const target of options.targets()) {
        if (isRouted(target, bounded)) await acceptFor(target, bounded, acceptOptions(options));
      }
      wake();
    },
    async retry(ids) {
      const letters = await chosen(ids);
      for (const letter of letters) await putBack(options, letter);
      wake();
      return letters.length;
    },
    async drop(ids) {
      const letters = await chosen(ids);
      for (const { id } of letters) await tables.deadLetters.delete(id);
      return letters.length;
    },
    deadLetters: () => chosen(null),
    deliveriesOf: (incidentId) => deliveriesOf(options, incidentId),
    start() {
      const loop = startLoop({
        intervalMilliseconds: options.lookMilliseconds ?? lookMillisecondsDefault,
        work: () => worker.step(() => loop.wake()),
        onError: (error) => log.error({ err: error }, "notification outbox failed"),
      });
      wake = () => loop.wake();
      return {
        async close() {
          wake = () => {};
          worker.abort();
          await loop.close();
          await worker.idle();
        },
      };
    },
  };
}

async function deliveriesOf(
  { tables, targets }: OutboxOptions,
  incidentId: string,
): Promise<Delivery[]> {
  const entries = [];
  for (const { name } of targets()) {
    entries.push(...(await tables.entries.list({ prefix: incidentPrefix(name, incidentId) })));
  }
  const letters = await tables.deadLetters.list();
  const dead = letters.map(({ body }) => body).filter(({ entry }) => isAbout(entry, incidentId));
  return [
    ...entries.map(({ body }) => deliveryOf(body, body.state, body.finishedAt)),
    ...dead.map(({ entry, diedAt }) => deliveryOf(entry, "failed", diedAt)),
  ];
}

const isAbout = ({ message }: OutboxEntry, incidentId: string): boolean =>
  message.incidentId === incidentId;

const deliveryOf = (
  { message, target, lastError }: OutboxEntry,
  state: Delivery["state"],
  at: number | null,
): Delivery => ({ revision: message.revision, target, state, at, reason: lastError });

const acceptOptions = ({ tables, clock, log, count }: OutboxOptions): AcceptOptions => ({
  entries: tables.entries,
  clock,
  log,
  ...(count && { count }),
});

function putBack(
  { transact, clock }: OutboxOptions,
  { id, key, entry }: DeadLetter,
): Promise<void> {
  const again: OutboxEntry = { ...entry, state: "waiting", attemptCount: 0, finishedAt: null };
  return transact(async ({ entries, deadLetters }) => {
    await entries.put(key, again, { dueAt: clock.now() });
    await deadLetters.delete(id);
  });
}

class Worker {
  readonly #options: OutboxOptions;
  readonly #abort = new AbortController();
  /** One message at a time for each target, so that its order is kept. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #rates;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#rates = createRateLimits(options.clock);
  }

  /** Starts one message of each target that has one due; `onFree` is called when it is done. */
  async step(onFree: () => void): Promise<void> {
    const { tables, clock } = this.#options;
    const due = await tables.entries.due(clock.now(), dueCountMax);
    const byTarget = Map.groupBy(due, ({ body }) => body.target);
    for (const [name, entries] of byTarget) {
      if (this.#abort.signal.aborted) return;
      if (this.#running.has(name)) continue;
      const run = this.#take(name, entries)
        .catch((error: unknown) => {
          if (this.#abort.signal.aborted) return;
          this.#options.log.error({ err: error, target: name }, "notification not recorded");
        })
        .finally(() => {
          this.#running.delete(name);
          onFree();
        });
      this.#running.set(name, run);
    }
  }

  abort(): void {
    this.#abort.abort(new Error("closing"));
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #take(name: string, due: readonly Stored[]): Promise<void> {
    const { tables, targets } = this.#options;
    const settings = targets().find((target) => target.name === name);
    const done = due.filter(({ body }) => body.state === "sent" || !settings);
    for (const { key } of done) await tables.entries.delete(key);
    if (!settings) return this.#countDropped(name, done.length);
    const held = due.filter(({ body }) => body.state === "held");
    if (held.length > 0) {
      await releaseHeld(settings, held, this.#options);
      return;
    }
    const waiting = due.filter(({ body }) => body.state === "waiting");
    const next = waiting.toSorted(inOrder)[0];
    if (next) await this.#try(settings, next);
  }

  #countDropped(name: string, count: number): void {
    for (let at = 0; at < count; at++) this.#options.count?.("dropped", name);
  }

  async #try(settings: TargetSettings, stored: Stored): Promise<void> {
    const { tables, openTarget, clock } = this.#options;
    const { key, body, revision } = stored;
    const waitsUntil = (await this.#earlier(stored)) ?? this.#rates.freeAt(settings);
    if (waitsUntil > clock.now()) {
      await tables.entries.put(key, body, { revision, dueAt: waitsUntil });
      return;
    }
    this.#rates.note(settings.name);
    const { signal } = this.#abort;
    const result = await openTarget(settings)
      .send(body.message, { thread: body.thread, signal })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        return failed(describeError(error), true);
      });
    await this.#record(stored, result);
  }

  /** When the message of the same incident that comes before this one is tried again; null for none. */
  async #earlier({ key, body }: Stored): Promise<number | null> {
    const prefix = incidentPrefix(body.target, body.message.incidentId);
    const all = await this.#options.tables.entries.list({ prefix });
    const before = all.find((each) => each.key < key && each.body.state === "waiting");
    return before?.dueAt == null ? null : before.dueAt + 1;
  }

  async #record({ key, body, revision }: Stored, result: SendResult): Promise<void> {
    const { tables, clock, log, count, backoff, random } = this.#options;
    const now = clock.now();
    const attemptCount = body.attemptCount + 1;
    const fields = { target: body.target, messageId: messageIdOf(body.message), attemptCount };
    if (result.ok) {
      const sent = sentEntry({ ...body, attemptCount }, now);
      await tables.entries.put(key, sent, { revision, dueAt: now + sentKeptMilliseconds });
      count?.("sent", body.target);
      log.info(fields, "notification sent");
      return;
    }
    const lastError = result.reason.slice(0, errorLengthMax);
    count?.("failed", body.target);
    if (!result.mayPass || attemptCount >= attemptCountMax) {
      await this.#bury(key, { ...body, attemptCount, lastError, finishedAt: now });
      log.error({ ...fields, reason: lastError }, "notification given up");
      return;
    }
    const delay = backoffDelay(backoff ?? retryBackoff, body.attemptCount, random);
    const dueAt = now + Math.max(delay, result.retryAfterMilliseconds ?? 0);
    await tables.entries.put(key, { ...body, attemptCount, lastError }, { revision, dueAt });
    log.warn({ ...fields, reason: lastError }, "notification not sent, will be tried again");
  }

  async #bury(key: string, entry: OutboxEntry): Promise<void> {
    const { transact, clock, count } = this.#options;
    const id = createHash("sha256").update(key).digest("hex").slice(0, 16);
    await transact(async ({ entries, deadLetters }) => {
      if ((await deadLetters.count()) >= deadLetterCountMax) await dropOldest(deadLetters);
      await deadLetters.put(id, { id, key, entry, diedAt: clock.now() });
      await entries.delete(key);
    });
    count?.("dead", entry.target);
  }
}

async function dropOldest(table: DocumentTable<DeadLetter>): Promise<void> {
  const all = await table.list();
  const [oldest] = all.toSorted((a, b) => a.body.diedAt - b.body.diedAt);
  if (oldest) await table.delete(oldest.key);
}

const inOrder = (a: Stored, b: Stored): number =>
  a.body.acceptedAt - b.body.acceptedAt || (a.key < b.key ? -1 : 1);

/** Ids as a request names them: 16 hexadecimal digits. */
export function checkLetterId(id: string): string {
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new NightcapError("InvalidParameter", `"${id.slice(0, 40)}" is no id of a dead letter`);
}
