import type { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { describeIssues } from "../../common/settings.ts";
import type { IncomingAlert } from "../incoming-alert.ts";
import type { HostLabel } from "./host-labels.ts";

/** Who sends alerts in a form of their own; the last part of the door's path may name one. */
export const sourceNames = [
  "azureMonitor",
  "alertmanager",
  "grafana",
  "falco",
  "suricata",
  "cloudEvents",
  "generic",
] as const;
export type SourceName = (typeof sourceNames)[number];

/** What became of one part of a body: an alert, news that is none, or something that cannot be read. */
export type AlertEntry = { source: SourceName } & (
  | { kind: "alert"; alert: IncomingAlert }
  | { kind: "ignored"; reason: string }
  | { kind: "unreadable"; error: NightcapError }
);

/** What one document of a body gives: one entry, or those of a group. */
export interface SourceAlerts {
  entries: readonly AlertEntry[];
  /** Alerts that the sender says it left out. */
  leftOutCount: number;
  /** True for forms that always are one alert. */
  single: boolean;
}

export interface SourceOptions {
  /** Where the labels of Alertmanager and Grafana name the host. */
  hostLabels: readonly HostLabel[];
}

/** Alerts of one call; senders that group have far fewer. */
export const alertCountMax = 1_000;

/** What reads one document: throws `AlertUnreadable` that says what is missing. */
export type SourceReader = (body: unknown, options: SourceOptions) => SourceAlerts;

export const unreadable = (message: string, options?: ErrorOptions): NightcapError =>
  new NightcapError("AlertUnreadable", message, options);

/** Checks one document's shape; throws `AlertUnreadable` that names each field at fault. */
export function readShape<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  name: string,
): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw unreadable(`alert ${name}: ${describeIssues(result.error)}`);
}

/** One document that is one alert. */
export function oneAlert(source: SourceName, alert: IncomingAlert): SourceAlerts {
  return { entries: [{ source, kind: "alert", alert }], leftOutCount: 0, single: true };
}

/** One document that says nothing to act on. */
export function noAlert(source: SourceName, reason: string): SourceAlerts {
  return { entries: [{ source, kind: "ignored", reason }], leftOutCount: 0, single: true };
}

/** Reads each part of a group by itself, so that a bad one does not lose the others. */
export function readEach(
  source: SourceName,
  parts: readonly unknown[],
  read: (part: unknown, index: number) => IncomingAlert,
): AlertEntry[] {
  return parts.map((part, index) => {
    try {
      return { source, kind: "alert", alert: read(part, index) };
    } catch (error) {
      if (!(error instanceof NightcapError)) throw error;
      return { source, kind: "unreadable", error };
    }
  });
}
