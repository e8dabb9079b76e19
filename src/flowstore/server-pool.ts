import type { ClickHouseClient } from "@clickhouse/client";
import type { Closable } from "../common/lifecycle.ts";

/** The servers that may be asked, one at a time. */
export interface ServerPool extends Closable {
  /** Calls of one question, when nobody listens. */
  readonly attemptCountMax: number;
  /** Resolves when the next call may be made. */
  ready(signal?: AbortSignal): Promise<void>;
  current(): ClickHouseClient;
  /** A call to `client` found nobody, or broke off. */
  lost(client: ClickHouseClient): void;
}

/** The embedded engine, which is started again when it is not there. */
export function startedServer(
  client: ClickHouseClient,
  start: (signal?: AbortSignal) => Promise<void>,
): ServerPool {
  // One that is dying still takes connections, so the call after one that lost its engine looks first.
  let isDoubtful = false;
  let starting: Promise<void> | null = null;
  return {
    // More than one connection may wait that an ending engine has closed.
    attemptCountMax: 4,
    async ready(signal) {
      if (!isDoubtful) return;
      // Those that met the same end wait for one start, and each no longer than it likes.
      starting ??= start().finally(() => (starting = null));
      starting.catch(() => {});
      await orAborted(starting, signal);
      isDoubtful = false;
    },
    current: () => client,
    lost: () => {
      isDoubtful = true;
    },
    close: () => client.close(),
  };
}

async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const end = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** Servers that are alike: the one that answered last is asked, and the next one when it does not. */
export function alikeServers(clients: readonly ClickHouseClient[]): ServerPool {
  let at = 0;
  // One that hangs takes connections still: after a loss, who is to be asked next must answer first.
  let isDoubtful = false;
  const current = (): ClickHouseClient => {
    const client = clients[at];
    if (!client) throw new RangeError("a pool without servers");
    return client;
  };
  return {
    attemptCountMax: clients.length + 1,
    async ready(signal) {
      for (let tries = 0; isDoubtful && tries < clients.length; tries++) {
        const client = current();
        const isThere = await answers(client, signal);
        if (isThere) isDoubtful = false;
        else if (client === current()) at = (at + 1) % clients.length;
      }
    },
    current,
    lost: (client) => {
      // Of several calls that found the same server gone, one goes on.
      if (client !== current()) return;
      at = (at + 1) % clients.length;
      isDoubtful = clients.length > 1;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

const pingMillisecondsMax = 2_000;

async function answers(client: ClickHouseClient, signal?: AbortSignal): Promise<boolean> {
  const late = AbortSignal.timeout(pingMillisecondsMax);
  const abort_signal = signal ? AbortSignal.any([signal, late]) : late;
  return (await client.ping({ select: false, abort_signal })).success;
}
