import { z } from "zod";
import { type LogRuleProperties, parseLogRule } from "../../alert/logs/log-rule.ts";
import type { Span } from "../../alert/preview/preview.ts";
import type { MetricAlertProperties } from "../../alert/rule.ts";
import { NightcapError } from "../../common/errors.ts";
import { readTimespan } from "../../provider/insights/metrics/timespan.ts";
import { parseKnownMetrics } from "../../provider/insights/rules-and-groups.ts";
import { withoutStatus } from "../../provider/insights/log-rules/log-rule-view.ts";

/** A rule as its PUT has it, and which of the two kinds it is. */
export type WantedRule =
  | { readonly kind: "metric"; readonly properties: MetricAlertProperties }
  | { readonly kind: "log"; readonly properties: LogRuleProperties };

/** As long as a preview may look back; measurements of minutes are kept longer. */
const daySeconds = 86_400;
const spanSecondsMax = 31 * daySeconds;
const spanDefault = "P1D";

export const wantedRule = z
  .looseObject({ properties: z.record(z.string(), z.unknown()) })
  .describe("A metric alert or a log alert rule as its PUT has it");
const sketch = z.object({
  criteria: z.object({ allOf: z.array(z.object({ query: z.unknown() })) }),
});

/** A criterion with a query is that of a log alert rule. Throws what the rule's own PUT would. */
export function readWantedRule({ properties }: z.output<typeof wantedRule>): WantedRule {
  const found = sketch.safeParse(properties);
  const isLog = found.success && found.data.criteria.allOf.some(({ query }) => query !== undefined);
  return isLog
    ? { kind: "log", properties: parseLogRule(withoutStatus(properties)) }
    : { kind: "metric", properties: parseKnownMetrics(properties) };
}

/** `timespan` as Azure's queries have it, a day unless told; what is not measured yet is left out. */
export function readSpan(text: string | null, nowMilliseconds: number, delaySeconds: number): Span {
  const { fromSecond, toSecond } = readTimespan(text ?? spanDefault, nowMilliseconds);
  const latest = Math.floor(nowMilliseconds / 1_000 - delaySeconds);
  const to = Math.min(toSecond, latest);
  if (to <= fromSecond) {
    throw new NightcapError("InvalidParameter", "timespan has nothing that is over already");
  }
  if (to - fromSecond <= spanSecondsMax) return { from: fromSecond, to };
  throw new NightcapError(
    "InvalidParameter",
    `timespan is longer than ${spanSecondsMax / daySeconds} days`,
  );
}
