import { getCACertificates } from "node:tls";
import { z } from "zod";
import type { Clock } from "../common/clock.ts";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { describeError } from "../common/errors.ts";
import { startLoop, type Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { shownUrl, type Delivery, type DeliveryAttempt } from "./delivery.ts";
import { postJson } from "./post.ts";

export const deliverySettings = z.strictObject({
  /** Waits before each retry, in milliseconds. Azure's, by its documentation of 2026: 5, 20, 5, 40 and 5 s. */
  retryDelaysMilliseconds: z
    .array(z.int().min(0).max(3_600_000))
    .max(20)
    .default([5_000, 20_000, 5_000, 40_000, 5_000]),
  /** Time in which no action group calls an endpoint that failed all retries; 15 min in Azure. */
  silenceMilliseconds: z.int().min(0).max(86_400_000).default(900_000),
  /** Longest wait for an answer. */
  timeoutMilliseconds: z.int().min(10).max(600_000).default(30_000),
  /** Calls at once, and of these to one endpoint. */
  concurrencyMax: z.int().min(1).max(1_000).default(16),
  endpointConcurrencyMax: z.int().min(1).max(1_000).default(4),
  /** Time for which the record of a finished delivery is kept. */
  finishedKeptMilliseconds: z
    .int()
    .min(0)
    .default(7 * 86_400_000),
});
export type DeliverySettings = z.infer<typeof deliverySettings>;

export interface DeliveryQueue extends Closable {
  /** Looks for new deliveries now rather than at the next second. Never waits. */
  wake(): void;
}

/** Statuses after which Azure tries again; any other answer but 2xx is final. */
const retriedStatuses = new Set([408, 429, 503, 504]);
const pollMilliseconds = 1_000;
const scanCountMax = 1_000;
const errorLengthMax = 500;

/**
 * Makes the deliveries of a table, at least once each: a crash between the answer and its record means one
 * call more, so receivers compare alerts by rule and fired time. While an endpoint is silent its deliveries wait.
 */
export function startDeliveryQueue(options: {
  table: DocumentTable<Delivery>;
  settings: DeliverySettings;
  clock: Clock;
  log: Log;
  certificateAuthorityPem?: string;
  /** Called with each attempt's and each delivery's result. */
  count?: (name: "attempts" | "deliveries", labels: Record<string, string>) => void;
}): DeliveryQueue {
  const queue = new Queue(options);
  const loop = startLoop({
    intervalMilliseconds: pollMilliseconds,
    work: () => queue.step(() => loop.wake()),
    onError: (error) => options.log.error({ err: error }, "delivery queue failed"),
  });
  return {
    wake: () => loop.wake(),
    async close() {
      await loop.close();
      await queue.close();
    },
  };
}

type Options = Parameters<typeof startDeliveryQueue>[0];

class Queue {
  readonly #options: Options;
  readonly #authorities: string[] | undefined;
  readonly #abort = new AbortController();
  readonly #running = new Map<string, { endpoint: string; done: Promise<void> }>();
  /** Endpoint to the end of its silence; null until read from the table. */
  #silence: Map<string, number> | null = null;

  constructor(options: Options) {
    this.#options = options;
    const { certificateAuthorityPem } = options;
    this.#authorities = certificateAuthorityPem
      ? [...getCACertificates("default"), certificateAuthorityPem]
      : undefined;
  }

  /** Starts what is due and fits; `onFree` is called when there is room again. */
  async step(onFree: () => void): Promise<void> {
    const { table, clock, settings } = this.#options;
    this.#silence ??= await this.#readSilence();
    for (const stored of await table.due(clock.now(), scanCountMax)) {
      if (this.#abort.signal.aborted || this.#running.size >= settings.concurrencyMax) return;
      if (this.#running.has(stored.key)) continue;
      if (stored.body.state !== "Pending" || stored.body.url === null) {
        await table.delete(stored.key); // finished long ago
        continue;
      }
      const endpoint = shownUrl(stored.body.url);
      const silentUntil = this.#silence.get(endpoint) ?? 0;
      if (silentUntil > clock.now()) {
        await table.put(stored.key, stored.body, { revision: stored.revision, dueAt: silentUntil });
      } else if (this.#callsTo(endpoint) < settings.endpointConcurrencyMax) {
        this.#start(stored, endpoint, onFree);
      }
    }
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error("closing"));
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #callsTo(endpoint: string): number {
    return [...this.#running.values()].filter((call) => call.endpoint === endpoint).length;
  }

  #start(stored: StoredDocument<Delivery>, endpoint: string, onFree: () => void): void {
    const done = this.#attempt(stored, stored.body.url ?? "")
      .catch((error: unknown) => this.#options.log.error({ err: error }, "delivery not recorded"))
      .finally(() => {
        this.#running.delete(stored.key);
        onFree();
      });
    this.#running.set(stored.key, { endpoint, done });
  }

  async #attempt(stored: StoredDocument<Delivery>, url: string): Promise<void> {
    const { clock, table, settings, count } = this.#options;
    const attempt = await this.#call(url, stored.body.body ?? "");
    if (attempt === null) return; // closing: the next process tries again
    const retries = settings.retryDelaysMilliseconds;
    const attempts = [...stored.body.attempts, attempt].slice(-(retries.length + 1));
    count?.("attempts", { status: attempt.status === null ? "none" : String(attempt.status) });
    const delay = retries[attempts.length - 1];
    const again = attempt.status === null || retriedStatuses.has(attempt.status);
    if (again && delay !== undefined) {
      const dueAt = clock.now() + delay;
      await table.put(
        stored.key,
        { ...stored.body, attempts },
        { revision: stored.revision, dueAt },
      );
      return;
    }
    await this.#finish(stored, attempts, again);
  }

  async #call(url: string, body: string): Promise<DeliveryAttempt | null> {
    const { clock, settings } = this.#options;
    const timeout = AbortSignal.timeout(settings.timeoutMilliseconds);
    const time = clock.now();
    try {
      const status = await postJson({
        url,
        body,
        signal: AbortSignal.any([timeout, this.#abort.signal]),
        ...(this.#authorities ? { certificateAuthorityPem: this.#authorities } : {}),
      });
      return { time, status, error: null };
    } catch (error) {
      if (this.#abort.signal.aborted) return null;
      const reason = timeout.aborted
        ? `no answer in ${settings.timeoutMilliseconds} ms`
        : describeError(error);
      return { time, status: null, error: reason.slice(0, errorLengthMax) };
    }
  }

  async #finish(
    stored: StoredDocument<Delivery>,
    attempts: DeliveryAttempt[],
    exhausted: boolean,
  ): Promise<void> {
    const { clock, table, settings, log, count } = this.#options;
    const last = attempts.at(-1);
    const succeeded =
      last?.status !== undefined && last.status !== null && last.status >= 200 && last.status < 300;
    const endpoint = shownUrl(stored.body.url ?? "");
    const reason = succeeded ? null : failureReason(attempts, exhausted);
    const now = clock.now();
    const state = succeeded ? "Succeeded" : "Failed";
    const body: Delivery = { ...stored.body, attempts, state, reason, finishedTime: now };
    await table.put(stored.key, body, {
      revision: stored.revision,
      dueAt: now + settings.finishedKeptMilliseconds,
    });
    if (exhausted) this.#silence?.set(endpoint, now + settings.silenceMilliseconds);
    this.#forgetOldSilence(now);
    count?.("deliveries", { state });
    const fields = {
      endpoint,
      receiver: stored.body.receiverName,
      alert: stored.body.alertId,
      reason,
    };
    if (succeeded) log.info(fields, "alert delivered");
    else log.warn(fields, "alert not delivered");
  }

  #forgetOldSilence(now: number): void {
    for (const [endpoint, until] of this.#silence ?? []) {
      if (until <= now) this.#silence?.delete(endpoint);
    }
  }

  /** The silences of the process before: deliveries that failed all retries not long ago. */
  async #readSilence(): Promise<Map<string, number>> {
    const { table, clock, settings } = this.#options;
    const silence = new Map<string, number>();
    for (const { body } of await table.list()) {
      const exhausted = body.attempts.length > settings.retryDelaysMilliseconds.length;
      const retried = isRetried(body.attempts.at(-1));
      if (body.state !== "Failed" || !exhausted || !retried || body.url === null) continue;
      const until = (body.finishedTime ?? 0) + settings.silenceMilliseconds;
      const endpoint = shownUrl(body.url);
      if (until > clock.now()) silence.set(endpoint, Math.max(until, silence.get(endpoint) ?? 0));
    }
    return silence;
  }
}

function isRetried(attempt: DeliveryAttempt | undefined): boolean {
  if (!attempt) return false;
  return attempt.status === null || retriedStatuses.has(attempt.status);
}

function failureReason(attempts: readonly DeliveryAttempt[], exhausted: boolean): string {
  const last = attempts.at(-1);
  const what = last?.error ?? `answer ${last?.status ?? "none"}`;
  return exhausted ? `${what}, after ${attempts.length} attempts` : what;
}
