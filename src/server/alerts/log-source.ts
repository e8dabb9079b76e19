import type { AnswerColumn } from "../../alert/logs/compose-query.ts";
import type { LogSource } from "../../alert/logs/evaluate-log-rule.ts";
import { NightcapError } from "../../common/errors.ts";
import type { LogQueries } from "../../logs/log-queries.ts";

/** Queries whose columns are remembered; a rule has one. */
const columnsCountMax = 1_000;

/** Answers the queries of rules, each within its time. */
export function createLogSource(options: {
  queries: LogQueries;
  timeoutSeconds: number;
  /** `/subscriptions/{id}` */
  subscription: string;
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
      checkScopes(scopes, options.subscription);
      const nowMs = toSecond * 1_000;
      const timeRange = { startMs: fromSecond * 1_000, endMs: nowMs };
      const { columns, rows, truncated } = await queries.run({
        text,
        timeRange,
        timeoutSeconds,
        nowMs,
        signal,
      });
      if (truncated === null) return { columns, rows };
      throw new NightcapError("QueryLimitExceeded", `the query's answer has too many ${truncated}`);
    },
  };
}

const workspacePattern = /\/providers\/microsoft\.operationalinsights\/workspaces\/[^/]+$/i;

function checkScopes(scopes: readonly string[], subscription: string): void {
  const other = scopes.find(
    (scope) => !workspacePattern.test(scope) && scope.toLowerCase() !== subscription.toLowerCase(),
  );
  if (other === undefined) return;
  throw new NightcapError(
    "BadRequest",
    `not supported: a rule over ${other}: only over workspaces and the subscription`,
  );
}
