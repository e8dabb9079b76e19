import { createHash } from "node:crypto";
import type { TableRow } from "../../flowstore/insert-rows.ts";
import type { ServerContext } from "../context.ts";
import { allFlowLogFacts } from "./flow-log-facts.ts";
import { indicatorRows, indicatorsKeptMilliseconds } from "./indicator-rows.ts";
import type { SharedEngine } from "./open-engine.ts";
import { readTopologyRows } from "./topology-rows.ts";
import type { Traffic } from "./traffic.ts";

const minuteMilliseconds = 60_000;
/** A list is written again after half the time for which its entries hold, and no sooner than this when it changes. */
const listMilliseconds = indicatorsKeptMilliseconds / 4;
const rowsPerInsertMax = 50_000;

export interface RecordWriterOptions extends Pick<
  ServerContext,
  "state" | "subscription" | "clock"
> {
  engine: SharedEngine;
  traffic: Pick<Traffic, "threatLists">;
}

/**
 * Writes what tables have beside flows: the topology, when it changed and once in each interval of analytics, and the
 * entries of threat lists. Nothing is written, and no engine started, while no flow log has analytics.
 */
export function createRecordWriter(options: RecordWriterOptions): {
  readonly write: () => Promise<void>;
} {
  const { state, subscription, clock } = options;
  let topology = { hash: "", dueAt: 0 };
  const lists = new Map<string, { version: string; notBefore: number; dueAt: number }>();
  const writeTopology = async (intervalMilliseconds: number): Promise<void> => {
    const now = clock.now();
    const rows = await readTopologyRows(state, subscription);
    const hash = createHash("sha256").update(JSON.stringify(rows)).digest("hex");
    if (hash === topology.hash && now < topology.dueAt) return;
    const slot = Math.floor(now / intervalMilliseconds);
    const stamped = rows.map((row) => stamp(row, now));
    await insertAll(options.engine, "topology", stamped, `topology-${hash}-${slot}`);
    topology = { hash, dueAt: (slot + 1) * intervalMilliseconds };
  };
  const writeLists = async (): Promise<void> => {
    const now = clock.now();
    for (const list of await options.traffic.threatLists()) {
      const known = lists.get(list.name);
      const isDue = !known || now >= known.dueAt || list.version !== known.version;
      if (!isDue || now < (known?.notBefore ?? 0)) continue;
      const rows = indicatorRows(list, now);
      const token = `indicators-${list.name}-${list.version}-${Math.floor(now / listMilliseconds)}`;
      await insertAll(options.engine, "ThreatIntelligenceIndicator", rows, token);
      lists.set(list.name, {
        version: list.version,
        notBefore: now + listMilliseconds,
        dueAt: now + 2 * listMilliseconds,
      });
    }
  };
  return {
    write: async () => {
      const facts = await allFlowLogFacts(state, subscription);
      const minutes = facts.flatMap(({ analyticsMinutes }) => analyticsMinutes ?? []);
      if (minutes.length === 0) return;
      await writeTopology(Math.min(...minutes) * minuteMilliseconds);
      await writeLists();
    },
  };
}

function stamp(row: TableRow, now: number): TableRow {
  const time = new Date(now);
  return {
    TimeGenerated: time,
    TimeProcessed: time,
    SubType: "Topology",
    SourceSystem: "Nightcap",
    Type: "NTATopologyDetails",
    ...row,
  };
}

/** In parts; the same rows have the same tokens, so that a part that is there already is not written again. */
async function insertAll(
  engine: SharedEngine,
  table: string,
  rows: readonly TableRow[],
  token: string,
): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerInsertMax) {
    const part = rows.slice(start, start + rowsPerInsertMax);
    const { insertRows } = await import("../../flowstore/insert-rows.ts");
    await insertRows(await engine.open(), { table, rows: part, token: `${token}-${start}` });
  }
}
