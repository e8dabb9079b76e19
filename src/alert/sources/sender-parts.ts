import { z } from "zod";
import type { IncomingCriterion } from "../incoming-alert.ts";
import { text } from "../incoming-parts.ts";
import type { AlertFlow } from "../logs/log-detail.ts";

const labelCountMax = 64;
const labelLengthMax = 4_096;
/** Of a description as it is kept; senders' templates may write pages. */
const descriptionLengthMax = 4_096;
const portMax = 65_535;

/** A time with a zone, or without one in UTC; `2026-11-21T04:00:12.5+0100` is how Suricata and others write it. */
export const senderTime = text.transform((value, context) => {
  const time = readTime(value);
  if (time !== null) return time;
  context.addIssue({ code: "custom", message: `not a time: "${value.slice(0, 64)}"` });
  return z.NEVER;
});

const timePattern =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?\.?$/i;

/** Milliseconds since the epoch; null for what is no time. */
export function readTime(value: string): number | null {
  const match = timePattern.exec(value.trim());
  if (!match) return null;
  const [, day = "", clock = "", fraction = "", zone = "Z"] = match;
  const milliseconds = fraction === "" ? "" : `.${fraction.slice(0, 3).padEnd(3, "0")}`;
  const offset = zone.toUpperCase() === "Z" ? "Z" : zone.replace(/(\d\d):?(\d\d)$/, "$1:$2");
  const time = Date.parse(`${day}T${clock}${milliseconds}${offset}`);
  return Number.isNaN(time) ? null : time;
}

/** Labels, annotations and the like: values that are no text are written as JSON, and there are not too many. */
export const labels = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((record): Record<string, string> => {
    const entries = Object.entries(record ?? {}).slice(0, labelCountMax);
    return Object.fromEntries(entries.map(([key, value]) => [key, asText(value)]));
  });

/** Labels as one text, whatever order they came in. */
export const labelsText = (named: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Any value as bounded text; "" for null. */
export function asText(value: unknown): string {
  const written = typeof value === "string" ? value : (JSON.stringify(value ?? "") ?? "");
  return (value === null || value === undefined ? "" : written).slice(0, labelLengthMax);
}

/** The parts that say something, a line each. */
export const joinText = (parts: readonly (string | null | undefined)[]): string =>
  [...new Set(parts.filter((part) => part !== undefined && part !== null && part !== ""))]
    .join("\n")
    .slice(0, descriptionLengthMax);

/** A port from a number or its text; undefined for anything else. */
export function portOf(value: unknown): number | undefined {
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port <= portMax
    ? port
    : undefined;
}

/** `T`, `U` or the protocol as it came, as flow tables have it. */
export function flowProtocol(name: string): string {
  const word = name.toUpperCase();
  return word === "TCP" ? "T" : word === "UDP" ? "U" : word;
}

/** One measured value, or what an alert without one is about. */
export function criterionOf(
  change: Partial<IncomingCriterion> & { metricName: string | null },
): IncomingCriterion {
  return {
    metricNamespace: null,
    operator: null,
    threshold: null,
    timeAggregation: null,
    metricValue: null,
    dimensions: [],
    flows: [],
    hasAllFlows: true,
    ...change,
  };
}

/** A flow of which the parts that are unknown are left out. */
export function flowOf(parts: {
  [Key in keyof AlertFlow]?: AlertFlow[Key] | undefined;
}): AlertFlow {
  const known = Object.entries(parts).filter(([, value]) => value !== undefined && value !== "");
  return { ...(Object.fromEntries(known) as Partial<AlertFlow>), rowCount: 1 };
}
