import { isoTime } from "../common/clock.ts";
import {
  accountOf,
  answerOf,
  findCapture,
  type IncidentAlert,
  roleOf,
  type Incident,
  type IncidentAnswer,
  type IncidentUpdate,
} from "./incident.ts";

/** What people are told of an incident: one, and updates of it. Delivered at least once. */
export interface IncidentMessage {
  incidentId: string;
  /** From 1 up; a receiver that keeps this and the id drops doubles. */
  revision: number;
  kind: IncidentUpdate["kind"];
  severity: number;
  title: string;
  text: string;
  facts: { name: string; value: string }[];
  links: { name: string; url: string }[];
  /** The same for programs. */
  json: IncidentJson;
}

export interface IncidentJson {
  incidentId: string;
  resourceId: string;
  state: Incident["state"];
  /** ISO 8601. */
  openedAt: string;
  alertCount: number;
  account: ReturnType<typeof accountOf>;
  rules: readonly string[];
  answer: IncidentAnswer | null;
  /** The packet capture that this update answers; null of other updates, and where there is none. */
  captureId: string | null;
}

/** Names that are shown of many. */
const shownCountMax = 5;

/** The last part of a resource id. */
export const nameOf = (resourceId: string): string => resourceId.split("/").at(-1) ?? resourceId;

const some = (names: readonly string[]): string => {
  const shown = names.slice(0, shownCountMax).join(", ");
  return names.length > shownCountMax ? `${shown} and ${names.length - shownCountMax} more` : shown;
};

export const rulesOf = ({ alerts }: Pick<Incident, "alerts">): string[] => [
  ...new Set(alerts.map(({ rule }) => rule)),
];

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** What becomes of an alert, in the order in which it is said. */
const fateWords = [
  "recorded",
  "recorded after a wait",
  "being recorded",
  "waiting to be recorded",
  "sharing a recording",
  "without a recording",
] as const;

/** Nothing is said to be recorded that still is under way. */
function fateOf(incident: Incident, alert: IncidentAlert): (typeof fateWords)[number] {
  const role = roleOf(incident, alert);
  if (role === "refused") return "without a recording";
  if (role === "merged") return "sharing a recording";
  const state = findCapture(incident, alert.recordingId ?? "")?.state;
  const isDelayed = role === "delayed";
  if (state === "ended") return isDelayed ? "recorded after a wait" : "recorded";
  return isDelayed && state === "waiting" ? "waiting to be recorded" : "being recorded";
}

/** `12 alerts of 2 rules (a, b): 1 recorded, 10 sharing a recording, 1 without a recording`. */
export function sentenceOf(incident: Incident): string {
  const rules = rulesOf(incident);
  const fates = Map.groupBy(incident.alerts, (alert) => fateOf(incident, alert));
  const parts = fateWords.flatMap((fate) => {
    const count = fates.get(fate)?.length ?? 0;
    return count > 0 ? [`${count} ${fate}`] : [];
  });
  const alerts = plural(incident.alerts.length, "alert");
  return `${alerts} of ${plural(rules.length, "rule")} (${some(rules)}): ${parts.join(", ")}`;
}

const titleWords: Readonly<Record<IncidentUpdate["kind"], string>> = {
  opened: "opened",
  updated: "goes on",
  answered: "answered",
  closed: "closed",
};

/** Beyond it a name in a message is no name any more. */
const metricCountMax = 5;

/** What the rules measure, each once. */
const metricsOf = ({ alerts }: Incident): string =>
  [...new Set(alerts.flatMap(({ metric }) => metric ?? []))].slice(0, metricCountMax).join(", ");

/** The words of an update, the answer first where there is one; recorded before they are first sent, so that a second sending says the same. */
export function wordsOf(
  incident: Incident,
  kind: IncidentUpdate["kind"],
  told: string | null,
): Pick<IncidentUpdate, "title" | "text"> {
  const host = nameOf(incident.resourceId);
  const title = `incident on ${host} ${titleWords[kind]} (severity ${incident.severity})`;
  const reasons = incident.captures.flatMap(({ state, captureName, recordingId, why }) =>
    why === null ? [] : [`${captureName ?? recordingId.slice(0, 10)} (${state}): ${why}`],
  );
  const { expected } = incident;
  const why =
    expected?.state === "met" ? `expected, because ${expected.reason} (${expected.by})` : null;
  const lines = [
    told ?? answerOf(incident)?.sentence ?? null,
    why,
    sentenceOf(incident),
    ...reasons.slice(0, shownCountMax),
  ];
  return { title, text: lines.filter((line) => line !== null).join("\n") };
}

export function messageOf(incident: Incident, update: IncidentUpdate): IncidentMessage {
  const { incidentId, severity, resourceId, openedAt } = incident;
  const { revision, kind, title, text, recordingId } = update;
  const capture = recordingId === null ? undefined : findCapture(incident, recordingId);
  const answer = answerOf(incident);
  const link = update.link ?? answer?.reportLink ?? null;
  const metrics = metricsOf(incident);
  const facts = [
    { name: "host", value: nameOf(resourceId) },
    { name: "rules", value: some(rulesOf(incident)) },
    ...(metrics === "" ? [] : [{ name: "metric", value: metrics }]),
    { name: "opened", value: isoTime(openedAt) },
    ...(capture?.captureName ? [{ name: "packet capture", value: capture.captureName }] : []),
  ];
  return {
    incidentId,
    revision,
    kind,
    severity,
    title,
    text,
    facts,
    links: link === null ? [] : [{ name: "report", url: link }],
    json: {
      incidentId,
      resourceId,
      state: kind === "closed" ? "closed" : "open",
      openedAt: isoTime(openedAt),
      alertCount: incident.alerts.length,
      account: accountOf(incident),
      rules: rulesOf(incident),
      answer,
      captureId: capture?.captureId ?? null,
    },
  };
}
