// Bodies of calls for tests of the alert sources.
import { readFileSync } from "node:fs";
import { hostLabelSettings } from "../../../src/alert/sources/host-labels.ts";
import { type ParsedAlerts, parseAlerts } from "../../../src/alert/sources/parse-alerts.ts";
import type { SourceName } from "../../../src/alert/sources/source.ts";
import type { IncomingAlert } from "../../../src/alert/incoming-alert.ts";

export const sampleText = (name: string): string =>
  readFileSync(`test/fixtures/alerts/sources/${name}`, "utf8");
export const sample = (name: string): Record<string, unknown> =>
  JSON.parse(sampleText(name)) as Record<string, unknown>;

/** What the body says, read as a call's would be. */
export function parse(
  body: unknown,
  change: { source?: SourceName; headers?: Record<string, string>; hostLabels?: unknown } = {},
): ParsedAlerts {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return parseAlerts(
    {
      bytes: new TextEncoder().encode(text),
      headers: new Headers(change.headers ?? {}),
      source: change.source ?? null,
    },
    { hostLabels: hostLabelSettings.parse(change.hostLabels) },
  );
}

/** Each entry in short: its alert, or why there is none. */
export const outcomes = (parsed: ParsedAlerts): (IncomingAlert | string)[] =>
  parsed.entries.map((entry) => {
    if (entry.kind === "alert") return entry.alert;
    return entry.kind === "ignored" ? `ignored: ${entry.reason}` : entry.error.message;
  });

/** The one alert of a body. */
export function only(parsed: ParsedAlerts): IncomingAlert {
  const [first, ...others] = outcomes(parsed);
  if (others.length > 0 || typeof first !== "object") throw new Error(JSON.stringify(first));
  return first;
}
