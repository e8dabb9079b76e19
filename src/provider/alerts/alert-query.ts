import { type AlertRecord, userStates } from "../../alert/alert-record.ts";
import { NightcapError } from "../../common/errors.ts";
import { readInstantSeconds } from "../insights/metrics/timespan.ts";
import { essentialsOf } from "./alert-view.ts";

const hourMilliseconds = 3_600_000;
const timeRanges: Readonly<Record<string, number>> = {
  "1h": hourMilliseconds,
  "1d": 24 * hourMilliseconds,
  "7d": 7 * 24 * hourMilliseconds,
  "30d": 30 * 24 * hourMilliseconds,
};

/** Those that Azure lists, and that of today's log alerts; whichever another service makes, there are no alerts of it here. */
const monitorServices = [
  "Application Insights",
  "ActivityLog Administrative",
  "ActivityLog Security",
  "ActivityLog Recommendation",
  "ActivityLog Policy",
  "ActivityLog Autoscale",
  "Log Alerts V2",
  "Log Analytics",
  "Nagios",
  "Platform",
  "SCOM",
  "ServiceHealth",
  "SmartDetector",
  "VM Insights",
  "Zabbix",
  "Resource Health",
];

const sortFields = [
  "name",
  "severity",
  "alertState",
  "monitorCondition",
  "targetResource",
  "targetResourceName",
  "targetResourceGroup",
  "targetResourceType",
  "startDateTime",
  "lastModifiedDateTime",
] as const;

export const severities = ["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"];
export const conditions = ["Fired", "Resolved"];

const pageCountDefault = 25;
const pageCountMax = 250;
const pageCountWithContextMax = 25;

type AlertFilter = (record: AlertRecord) => boolean;

/** The filters that list and summary share. Throws `InvalidParameter` for a value that Azure has not. */
export function readAlertFilter(query: ReadonlyMap<string, string>, now: number): AlertFilter {
  const equal = (name: string, allowed?: readonly string[]): AlertFilter => {
    const wanted = readOneOf(query, name, allowed);
    if (wanted === null) return () => true;
    return (record) => sameText(String(essentialsOf(record)[name]), wanted);
  };
  const filters = [
    equal("targetResource"),
    equal("targetResourceType"),
    equal("targetResourceGroup"),
    equal("monitorService", monitorServices),
    equal("monitorCondition", conditions),
    equal("severity", severities),
    equal("alertState", userStates),
    ruleFilter(query.get("alertrule") ?? ""),
    timeFilter(query, now),
    // There are no smart groups, so none has an alert.
    () => !query.has("smartgroupid"),
  ];
  return (record) => filters.every((filter) => filter(record));
}

/** By the rule's id, as alerts have it, or by its name alone. */
function ruleFilter(wanted: string): AlertFilter {
  if (wanted === "") return () => true;
  return ({ transition }) =>
    sameText(transition.ruleId, wanted) || sameText(transition.ruleName, wanted);
}

/** When it fired: within a range that ends now, a day unless told, or between two instants. */
function timeFilter(query: ReadonlyMap<string, string>, now: number): AlertFilter {
  const custom = query.get("customtimerange") ?? "";
  const named = query.get("timerange") ?? "";
  if (custom !== "" && named !== "") {
    throw new NightcapError("InvalidParameter", "timeRange and customTimeRange exclude each other");
  }
  if (custom === "") {
    const range = readOneOf(query, "timeRange", Object.keys(timeRanges)) ?? "1d";
    const from = now - (timeRanges[range.toLowerCase()] ?? 0);
    return ({ transition }) => transition.firedTime >= from;
  }
  const [from = null, to = null, ...more] = custom.split("/").map(readInstantSeconds);
  if (from === null || to === null || more.length > 0 || from > to) {
    throw new NightcapError(
      "InvalidParameter",
      `customTimeRange "${custom.slice(0, 100)}" is not allowed: START/END as ISO 8601 instants expected`,
    );
  }
  return ({ transition: { firedTime } }) => firedTime >= from * 1_000 && firedTime <= to * 1_000;
}

/** Newest change first unless the query sorts. */
export function readAlertOrder(
  query: ReadonlyMap<string, string>,
): (a: AlertRecord, b: AlertRecord) => number {
  const wanted = readOneOf(query, "sortBy", sortFields) ?? "lastModifiedDateTime";
  const field = sortFields.find((name) => sameText(name, wanted)) ?? "lastModifiedDateTime";
  const preset = field.endsWith("DateTime") ? "desc" : "asc";
  const order = readOneOf(query, "sortOrder", ["asc", "desc"]) ?? preset;
  const direction = order.toLowerCase() === "desc" ? -1 : 1;
  const keyOf = (record: AlertRecord): string =>
    field === "name" ? record.transition.ruleName : String(essentialsOf(record)[field]);
  return (a, b) => direction * compare(keyOf(a), keyOf(b)) || compare(a.alertId, b.alertId);
}

export function readPageCount(query: ReadonlyMap<string, string>, withContext: boolean): number {
  const text = query.get("pagecount") ?? "";
  if (text === "") return pageCountDefault;
  const max = withContext ? pageCountWithContextMax : pageCountMax;
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
  throw new NightcapError(
    "InvalidParameter",
    `pageCount "${text.slice(0, 40)}" is not allowed: 1 to ${max} expected`,
  );
}

export function readBoolean(query: ReadonlyMap<string, string>, name: string): boolean {
  return readOneOf(query, name, ["true", "false"])?.toLowerCase() === "true";
}

function readOneOf(
  query: ReadonlyMap<string, string>,
  name: string,
  allowed?: readonly string[],
): string | null {
  const text = query.get(name.toLowerCase()) ?? "";
  if (text === "") return null;
  if (!allowed || allowed.some((one) => sameText(one, text))) return text;
  throw new NightcapError(
    "InvalidParameter",
    `${name} "${text.slice(0, 100)}" is not allowed: one of ${allowed.join(", ")} expected`,
  );
}

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
