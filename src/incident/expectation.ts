/** What an incident's answer blames: null where nothing has most of it. */
export interface IncidentCulprit {
  destination: string | null;
  /** `443/tcp` */
  port: string | null;
  process: string | null;
}

/**
 * Somebody has said that alerts of this rule on this host are nothing, as long as the packets show this culprit:
 * such an incident is recorded, and nobody is woken by it.
 */
export interface Expectation {
  expectationId: string;
  /** Name of the rule; null: any. */
  rule: string | null;
  /** Resource id of the host; null: any. */
  host: string | null;
  /** What of these is not null must all be what the answer blames; one is. */
  culprit: IncidentCulprit;
  reason: string;
  createdBy: { id: string; name: string };
  /** Milliseconds since the epoch, as all times here. */
  createdAt: number;
  expiresAt: number;
}

/** What an incident has to do with expectations; absent where it has nothing. */
export interface IncidentExpected {
  /** `awaited`: its packets are to show it; `met`: they do; `unmet`: they do not, or it took too long. */
  state: "awaited" | "met" | "unmet";
  /** Then people are told, whatever the packets say later. */
  until: number;
  /** Of the first that was met. */
  expectationId: string | null;
  reason: string | null;
  by: string | null;
}

/** As long as people may not be told because an answer is awaited. */
export const awaitSecondsMax = 600;
/** After its recording an answer takes this long at most, as a rule. */
export const answerSeconds = 120;

/** Those that an alert of the rule on the host may be a case of. */
export const expectationsFor = (
  all: readonly Expectation[],
  alert: { rule: string; host: string; now: number },
): Expectation[] =>
  all.filter(
    ({ rule, host, expiresAt }) =>
      expiresAt > alert.now && isSame(rule, alert.rule) && isSame(host, alert.host),
  );

/** True when the culprit is all that the expectation names. */
export function isExpectedCulprit(
  { culprit: wanted }: Expectation,
  found: IncidentCulprit | null,
): boolean {
  if (found === null) return false;
  const named = [wanted.destination, wanted.port, wanted.process].some((each) => each !== null);
  return (
    named &&
    isSame(wanted.destination, found.destination) &&
    isSame(wanted.port, found.port) &&
    isSame(wanted.process, found.process)
  );
}

const isSame = (wanted: string | null, found: string | null): boolean =>
  wanted === null || wanted.toLowerCase() === found?.toLowerCase();
