import type { AnswerColumn } from "../../alert/logs/compose-query.ts";
import type { LogSource } from "../../alert/logs/evaluate-log-rule.ts";
import { NightcapError } from "../../common/errors.ts";
import type { LogQuery } from "../../logs/log-query.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import { assertNoShardMissing } from "../../logs/missing-shards.ts";

/** Queries whose columns are remembered; a rule has one. */
const columnsCountMax = 1_000;

/** Answers the queries of rules, each within its time. */
export function createLogSource(options: {
  queries: LogQueries;
  timeoutSeconds: number;
  /** Rows of each table that belong to some scopes; undefined: all. */
  rowsOf(scopes: readonly string[]): Promise<LogQuery["rowsOf"]>;
  signal: AbortSignal;
}): LogSource {
  const { queries, timeoutSeconds, signal } = options;
  const known = new Map<string, readonly AnswerColumn[]>();
  return {
    async columns(text) {
      const found = known.get(text);
      if (found) return found;
      const { columns } = await queries.translate({ text });
      if (known.size >= columnsCountMax) known.clear();
      known.set(text, columns);
      return columns;
    },
    async run({ text, scopes, fromSecond, toSecond }) {
      const rowsOf = await options.rowsOf(scopes);
      const nowMs = toSecond * 1_000;
      const timeRange = { startMs: fromSecond * 1_000, endMs: nowMs };
      const answer = await queries.run({
        text,
        timeRange,
        timeoutSeconds,
        nowMs,
        signal,
        ...(rowsOf ? { rowsOf } : {}),
      });
      assertNoShardMissing(answer);
      const { columns, rows, truncated } = answer;
      if (truncated === null) return { columns, rows };
      throw new NightcapError("QueryLimitExceeded", `the query's answer has too many ${truncated}`);
    },
  };
}
