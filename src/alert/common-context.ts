import { z } from "zod";
import type { AlertHosts, IncomingCriterion } from "./incoming-alert.ts";
import { condition, properties } from "./incoming-parts.ts";
import {
  activityDescription,
  activityEvent,
  activityHosts,
  isOver,
} from "./schema-activity-log.ts";
import { logContext, logCriteria, logHosts, namedHosts } from "./schema-log-alert.ts";
import { hostsOfLabels, usualHostLabels } from "./sources/host-labels.ts";
import { labels, labelsText } from "./sources/sender-parts.ts";
import { readShape } from "./sources/source.ts";

/** What the context says, whose shape goes by the service that raised the alert. */
export interface ContextFields {
  windowSize: string | null;
  criteria: readonly IncomingCriterion[];
  properties: Readonly<Record<string, string>>;
  hosts?: AlertHosts;
  description?: string;
  /** True where the context says by itself that it is over. */
  isOver?: boolean;
  /** Of an event that is told once for each of its changes. */
  instance?: string;
}

const plainContext = z.object({ properties, condition }).nullish();
const prometheusContext = z.object({ labels, annotations: labels });
const has = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && key in value;

/** By the context's shape: newer services have the fields of metric alerts, older ones have their own. */
export function readContext(
  alert: { signalType?: string | null | undefined },
  context: unknown,
): ContextFields {
  const signal = alert.signalType?.toLowerCase() ?? "";
  if (signal === "activity log" || has(context, "eventSource")) return readActivity(context);
  if (has(context, "SearchQuery")) return readLog(context);
  if (has(context, "labels")) return readPrometheus(context);
  const read = readShape(plainContext, context, "in the common schema: data.alertContext");
  const criteria = read?.condition.allOf ?? [];
  const dimensions = signal === "log" ? criteria.flatMap((criterion) => criterion.dimensions) : [];
  return {
    windowSize: read?.condition.windowSize ?? null,
    criteria,
    properties: read?.properties ?? {},
    hosts: { pick: "every", names: [...new Set(namedHosts(dimensions))] },
  };
}

function readActivity(context: unknown): ContextFields {
  const event = readShape(activityEvent, context, "of the activity log: data.alertContext");
  return {
    windowSize: null,
    criteria: [],
    properties: {},
    hosts: activityHosts(event),
    description: activityDescription(event),
    isOver: isOver(event),
    instance: event.eventDataId ?? "",
  };
}

function readLog(context: unknown): ContextFields {
  const read = readShape(logContext, context, "of a log query: data.alertContext");
  return { windowSize: null, criteria: logCriteria(read), properties: {}, hosts: logHosts(read) };
}

/** Azure Monitor's managed Prometheus: rules and labels as Alertmanager has them. */
function readPrometheus(context: unknown): ContextFields {
  const read = readShape(prometheusContext, context, "of Prometheus: data.alertContext");
  return {
    windowSize: null,
    criteria: [],
    properties: read.annotations,
    hosts: hostsOfLabels(read.labels, usualHostLabels),
    instance: labelsText(read.labels),
  };
}
