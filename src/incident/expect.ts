import {
  answerSeconds,
  awaitSecondsMax,
  type Expectation,
  type IncidentExpected,
  isExpectedCulprit,
} from "./expectation.ts";
import { type Incident, isUnanswered } from "./incident.ts";

/** Azure's "verbose": of what is expected. */
export const expectedSeverity = 4;

/** The incident after an alert has joined it: the first one begins to wait for an answer, one that nothing expects ends that. */
export function joinExpected(
  joined: Incident,
  alert: { expectationIds: readonly string[]; timeLimitSeconds: number; now: number },
): Incident {
  const { expectationIds, timeLimitSeconds, now } = alert;
  if (joined.alerts.length === 1 && expectationIds.length > 0) {
    const seconds = Math.min(timeLimitSeconds + answerSeconds, awaitSecondsMax);
    const nobody = { expectationId: null, reason: null, by: null };
    return { ...joined, expected: { state: "awaited", until: now + seconds * 1_000, ...nobody } };
  }
  return expectationIds.length === 0 ? unmet(joined) : withSeverity(joined);
}

/** The incident once a recording has its answer. `known`: the expectations that still stand. */
export function settleExpected(
  incident: Incident,
  known: readonly Expectation[],
  now: number,
): Incident {
  const { expected } = incident;
  if (!expected || expected.state === "unmet") return incident;
  const met = metExpectation(incident, known);
  if (met === null) return unmet(incident);
  if (isUnanswered(incident, now)) return incident;
  const { expectationId, reason, createdBy } = met;
  const told = { state: "met", expectationId, reason, by: createdBy.name } as const;
  return withSeverity(withUpdates({ ...incident, expected: { ...expected, ...told } }, "quiet"));
}

/** The incident when it has waited for long enough, or no answer is to come. */
export function endAwaiting(incident: Incident, now: number): Incident {
  if (incident.expected?.state !== "awaited") return incident;
  return now >= incident.expected.until || !isUnanswered(incident, now)
    ? unmet(incident)
    : incident;
}

/** How an update that is made now goes out. */
export const updateStateOf = ({ expected }: Incident): "waiting" | "held" | "quiet" =>
  expected?.state === "awaited" ? "held" : expected?.state === "met" ? "quiet" : "waiting";

/** Each alert must be a case of an expectation, and every answer so far must show what that one names. */
function metExpectation(incident: Incident, known: readonly Expectation[]): Expectation | null {
  const answered = incident.captures.filter(({ outcome }) => outcome !== null);
  const isMet = (one: Expectation): boolean =>
    answered.every(({ answer }) => isExpectedCulprit(one, answer?.culprit ?? null));
  const met = incident.alerts.map(({ expectationIds = [] }) =>
    known.find((one) => expectationIds.includes(one.expectationId) && isMet(one)),
  );
  return answered.length > 0 && met.every((one) => one !== undefined) ? (met[0] ?? null) : null;
}

/** People are told after all, of what was held back too, as severe as its alerts are. */
function unmet(incident: Incident): Incident {
  const { expected } = incident;
  if (!expected || expected.state === "unmet") return incident;
  const state: IncidentExpected["state"] = "unmet";
  return withSeverity(withUpdates({ ...incident, expected: { ...expected, state } }, "waiting"));
}

const withUpdates = (incident: Incident, state: "waiting" | "quiet"): Incident => ({
  ...incident,
  updates: incident.updates.map((each) => (each.state === "held" ? { ...each, state } : each)),
});

const withSeverity = (incident: Incident): Incident => ({
  ...incident,
  severity:
    incident.expected?.state === "met"
      ? expectedSeverity
      : Math.min(...incident.alerts.map(({ severity }) => severity)),
});
