import { z } from "zod";
import type { AlertFields, AlertHosts, IncomingCriterion } from "./incoming-alert.ts";
import { criterion, looseNumber, presentText, text } from "./incoming-parts.ts";
import { severityOf } from "./sources/severity-words.ts";

/**
 * Alerts of queries over logs in their own schema (rules before 2020-05-01), with or without an envelope, and the part of
 * them that the common schema carries. Newer rules have the common schema only.
 * Source: learn.microsoft.com/azure/azure-monitor/alerts/alerts-log-webhook and alerts-payload-samples.
 */
export const logAlertSchemaId = "Microsoft.Insights/LogAlert";

const rowCountMax = 1_000;
const columnCountMax = 512;
const hostCountMax = 64;
/** Columns and dimensions that name a machine, in lower case. */
const hostColumns: ReadonlySet<string> = new Set(["_resourceid", "resourceid", "computer"]);

const dimensions = z
  .array(z.object({ name: text, value: text }))
  .max(columnCountMax)
  .nullish();

const searchResult = z
  .object({
    tables: z
      .array(
        z.object({
          columns: z.array(z.object({ name: text })).max(columnCountMax),
          rows: z.array(z.array(z.unknown())).max(rowCountMax),
        }),
      )
      .max(4),
  })
  .nullish()
  .catch(null);

/** What both places have of a query's alert. */
export const logContext = z.object({
  SearchQuery: z.string().nullish(),
  ResultCount: looseNumber,
  Dimensions: dimensions,
  AffectedConfigurationItems: z.array(text).max(rowCountMax).nullish(),
  SearchResult: searchResult,
  SearchResults: searchResult,
  Threshold: looseNumber,
  Operator: text.nullish(),
});
export type LogContext = z.infer<typeof logContext>;

/** Times in these alerts are in UTC, also those written the American way without a zone. */
const utcTime = text.transform((value, context) => {
  const isAmerican = /^\d{1,2}\/\d{1,2}\/\d{4} /.test(value);
  const time = Date.parse(isAmerican ? `${value} UTC` : value);
  if (!Number.isNaN(time)) return time;
  context.addIssue({ code: "custom", message: `not a time: "${value.slice(0, 64)}"` });
  return z.NEVER;
});

const logAlert = logContext.extend({
  AlertRuleName: presentText,
  SearchIntervalEndtimeUtc: utcTime,
  Severity: z.unknown().optional(),
  Description: text.nullish(),
  AlertThresholdOperator: text.nullish(),
  AlertThresholdValue: looseNumber,
  ResourceId: text.nullish(),
});

/** The envelope (`schemaId`, `data`) is Application Insights'; Log Analytics has none. */
export const logAlertBody = z.preprocess(
  (body) =>
    typeof body === "object" && body !== null && "data" in body && !("AlertRuleName" in body)
      ? body.data
      : body,
  logAlert,
);

export function readLogAlert(from: z.infer<typeof logAlertBody>): AlertFields {
  const workspace = from.ResourceId ? [from.ResourceId] : [];
  return {
    schema: "logAlert",
    fired: true, // nothing is sent when the condition is over
    ruleId: null,
    ruleName: from.AlertRuleName,
    description: from.Description ?? "",
    severity: severityOf(from.Severity),
    targetResourceIds: workspace,
    hosts: logHosts(from),
    resourceType: "Microsoft.OperationalInsights/workspaces",
    firedTime: from.SearchIntervalEndtimeUtc,
    resolvedTime: null,
    windowSize: null,
    criteria: logCriteria({
      ...from,
      Operator: from.AlertThresholdOperator ?? null,
      Threshold: from.AlertThresholdValue,
    }),
    properties: {},
    instance: (from.Dimensions ?? []).map(({ name, value }) => `${name}=${value}`).join(","),
  };
}

/** The query's own criterion: it counts rows. */
export const logCriteria = (from: LogContext): IncomingCriterion[] => [
  criterion.parse({
    metricName: "rows",
    operator: from.Operator ?? null,
    threshold: from.Threshold,
    metricValue: from.ResultCount,
    dimensions: (from.Dimensions ?? []).slice(0, hostCountMax),
  }),
];

/** The machines that a query's answer names: by its dimensions, the affected items, and its rows. */
export function logHosts(from: LogContext): AlertHosts {
  const named = namedHosts(from.Dimensions ?? []);
  const items = from.AffectedConfigurationItems ?? [];
  const all = [...named, ...items, ...rowHosts(from.SearchResult ?? from.SearchResults)];
  const names = all.filter((name) => name !== "");
  return { pick: "every", names: [...new Set(names)].slice(0, hostCountMax) };
}

/** The values of the dimensions that name a machine. */
export const namedHosts = (list: readonly { name: string; value: string }[]): string[] =>
  list.filter(({ name }) => hostColumns.has(name.toLowerCase())).map(({ value }) => value);

function rowHosts(result: z.infer<typeof searchResult>): string[] {
  return (result?.tables ?? []).flatMap(({ columns, rows }) => {
    const places = columns.flatMap(({ name }, place) =>
      hostColumns.has(name.toLowerCase()) ? [place] : [],
    );
    return rows.flatMap((row) =>
      places.map((place) => row[place]).filter((value) => typeof value === "string"),
    );
  });
}
