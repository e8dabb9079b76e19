import { randomUUID } from "node:crypto";
import { backoffDelay } from "../../common/backoff.ts";
import { systemClock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { FlowEngine } from "../engine.ts";

/** A server of a cluster that starts again is waited for, half a minute at most. */
const attemptCountMax = 12;
const backoff = { minimumMilliseconds: 50, maximumMilliseconds: 5_000 };

/** Makes a call of the ledger, which may be made twice, again when the engine went away meanwhile. */
export async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const hasGone = error instanceof NightcapError && error.code === "ServiceUnavailable";
      if (!hasGone || attempt + 1 >= attemptCountMax) throw error;
      await systemClock.sleep(backoffDelay(backoff, attempt));
    }
  }
}

/** By the names of columns. */
export type LedgerRow = Readonly<Record<string, string | number | boolean>>;

/** Adds rows to a table of the ledger, in the request's body, as hundreds of them are too much for its URL. */
export async function addRows(
  engine: FlowEngine,
  table: string,
  rows: readonly LedgerRow[],
  token: string = randomUUID(),
): Promise<void> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const columns = Object.keys(rows[0] ?? {});
  await again(() => engine.insertLines(table, columns, Buffer.from(lines), { token }));
}

/** With Keeper any replica may be asked, and one that is behind would say that nobody was there. */
export async function catchUp(
  engine: FlowEngine,
  table: "flow_chunk" | "flow_bundle" | "flow_recorded",
): Promise<void> {
  if (engine.layout.replicated) await engine.command({ sql: `SYSTEM SYNC REPLICA ${table}` });
}

/** Objects of one kind as a list for each of their members. */
export function columnsOf(objects: readonly object[]): Record<string, unknown[]> {
  const names = Object.keys(objects[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, objects.map((one) => (one as Record<string, unknown>)[name])]),
  );
}
