import type { ChangeMetric } from "../../inspection/change/change-answer.ts";
import type { Baseline } from "../../inspection/change/change-options.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import type { FiredAlert } from "../../report/report-input.ts";

/** What a report's worker is asked to explain. */
export interface ChangeRequest {
  moment: number;
  momentName: string;
  metric: ChangeMetric;
  localAddresses: readonly string[];
  baselines: readonly Baseline[];
}

/** What a metric's name says of what to compare, the first that fits. */
const metricPatterns: readonly (readonly [RegExp, ChangeMetric])[] = [
  [/\b(?:denied|deny|blocked|refused|rejected)/, "denied"],
  [/retrans/, "retransmissions"],
  [/latency|duration|response ?time|round ?trip|rtt\b/, "latency"],
  [/packets? (?:\w+ )*in\b|packets? received|rx ?packets/, "packetsIn"],
  [/packets?\b/, "packetsOut"],
  [/connection|flows?\b|sessions?\b/, "connections"],
  [/\bin\b|\bingress|receive|download|\brx/, "bytesIn"],
];

/** `Network Out Total` is bytes out; what says nothing of the network is taken for that too. */
export function changeMetricOf(metricName: string): ChangeMetric {
  const name = metricName.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(/[_-]/g, " ");
  const lower = name.toLowerCase();
  return metricPatterns.find(([pattern]) => pattern.test(lower))?.[1] ?? "bytesOut";
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
