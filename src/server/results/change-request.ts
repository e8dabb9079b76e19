import type { ChangeMetric } from "../../inspection/change/change-answer.ts";
import type { Baseline } from "../../inspection/change/change-options.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import type { FiredAlert } from "../../report/report-input.ts";

/** What a report's worker is asked to explain. */
export interface ChangeRequest {
  moment: number;
  momentName: string;
  /** From when on packets are recorded, milliseconds since the epoch; null: from the first. */
  from: number | null;
  metric: ChangeMetric;
  localAddresses: readonly string[];
  baselines: readonly Baseline[];
}

/** What a name says of what to compare, the first that fits. */
const metricPatterns: readonly (readonly [RegExp, ChangeMetric])[] = [
  [/malicious|exfiltrat|new destination/, "bytesOut"],
  [/\b(?:denied|deny|blocked|refused|rejected)/, "denied"],
  [/retrans/, "retransmissions"],
  [/latency|duration|response ?time|round ?trip|rtt\b|\bslow/, "latency"],
  [/packets? (?:\w+ )*in\b|packets? received|rx ?packets/, "packetsIn"],
  [/packets?\b/, "packetsOut"],
  [/bytes (?:\w+ )*out\b|network out|\begress|transmit|upload|\btx/, "bytesOut"],
  [/\bin\b|\bingress|receive|download|\brx/, "bytesIn"],
  [/connection|flows?\b|sessions?\b|\bscan|\bsyn\b|\bflood/, "connections"],
];

/** What the first of some names that says it measures: `Network Out Total` is bytes out, and so is what none of them says. */
export function changeMetricOf(names: readonly string[]): ChangeMetric {
  for (const name of names) {
    const words = name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(/[_-]/g, " ");
    const found = metricPatterns.find(([pattern]) => pattern.test(words.toLowerCase()));
    if (found) return found[1];
  }
  return "bytesOut";
}

/** From when on the host's packets are in the capture, also where its filter let none through; null: from its first packet. */
export function coveredFrom({ observed }: Pick<CaptureSession, "observed">): number | null {
  const coverage = observed?.coverage;
  const before = coverage?.got.beforeSeconds ?? 0;
  return coverage && before > 0 ? Math.floor(Date.parse(coverage.moment) - before * 1_000) : null;
}

/** The moment that a capture is about: of its alert, or where its look-back counts from; null: it has none. */
export function momentOf(
  { spec, observed }: Pick<CaptureSession, "spec" | "observed">,
  alert: FiredAlert | null,
): { moment: number; momentName: string } | null {
  const fired = alert ? Date.parse(alert.firedTime) : NaN;
  if (!Number.isNaN(fired)) return { moment: fired, momentName: "the alert" };
  if (!spec.lookBack) return null;
  const start = Date.parse(observed?.captureStartTime ?? "");
  const moment = spec.lookBack.from ?? start;
  return Number.isNaN(moment) ? null : { moment, momentName: "the moment asked about" };
}
