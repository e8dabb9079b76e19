import { criterionOf, type LogRuleProperties, queryScopesOf } from "../../alert/logs/log-rule.ts";
import { previewLogRule } from "../../alert/preview/preview-log-rule.ts";
import type { Preview, Span } from "../../alert/preview/preview.ts";
import { isComparedTable } from "../../logs/bounded-sql.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import type { Access } from "../../provider/authorization/access.ts";
import { readLogsAction } from "../../provider/insights/log-rules/check-scopes.ts";
import { checkRuleQuery } from "../../provider/insights/log-rules/check-query.ts";
import type { State } from "../../state/state.ts";
import { createLogSource } from "../alerts/log-source.ts";
import { isWorkspace, rowsOfScopes } from "../alerts/rule-rows.ts";

/** Tables of one query whose first rows are looked for. */
const tableCountMax = 4;

export interface LogPreviewParts {
  readonly state: State;
  readonly queries: LogQueries;
  readonly subscription: string;
  readonly timeoutSeconds: number;
  readonly access: Access;
  readonly signal: AbortSignal;
  readonly turn: () => Promise<void> | void;
}

/** Sees the rows that the rule would see, were the caller its author. */
export async function makeLogPreview(
  properties: LogRuleProperties,
  span: Span,
  parts: LogPreviewParts,
): Promise<Preview> {
  const { queries, subscription, state, access, timeoutSeconds, signal } = parts;
  await checkRuleQuery(properties, async (text) => (await queries.translate({ text })).columns);
  const seesAll =
    properties.scopes.some(isWorkspace) && access.allows(readLogsAction, subscription);
  const rule = {
    id: `${subscription}/providers/Microsoft.Insights/scheduledQueryRules/preview`,
    properties,
    ...(seesAll ? { queryScopes: [subscription] } : {}),
  };
  const source = createLogSource({
    queries,
    timeoutSeconds,
    signal,
    rowsOf: (scopes) => rowsOfScopes({ state, subscription }, scopes),
  });
  const { query } = criterionOf(properties);
  const firstRow = async (): Promise<number | null> => {
    const { tables } = await queries.translate({ text: query });
    const found = await Promise.all(
      tables.slice(0, tableCountMax).map(async (table) => {
        const text = `${table}\n| summarize First = min(TimeGenerated)`;
        const { rows } = await source.run({
          text,
          scopes: queryScopesOf(rule),
          fromSecond: span.from,
          toSecond: span.to,
        });
        return secondOf(rows[0]?.[0]);
      }),
    );
    // A query of no table has all that it reads.
    if (found.length === 0) return span.from;
    const seconds = found.filter((second) => second !== null);
    return seconds.length === 0 ? null : Math.min(...seconds);
  };
  const isPlainTable = (name: string): boolean => !isComparedTable(name);
  return previewLogRule(rule, { span, source, firstRow, isPlainTable, turn: parts.turn });
}

function secondOf(value: unknown): number | null {
  const milliseconds = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1_000);
}
