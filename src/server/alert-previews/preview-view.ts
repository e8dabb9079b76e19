import { z } from "zod";
import type { Preview, Span } from "../../alert/preview/preview.ts";
import { time } from "../openapi/shapes.ts";
import type { WantedRule } from "./preview-request.ts";

const viewedSpan = z.object({ target: z.string(), from: time, to: time });
const point = z.tuple([z.number(), z.number()]).describe("Milliseconds since 1970, and the value");
const threshold = z.object({
  target: z.string(),
  operator: z.string(),
  value: z.number().optional().describe("Of a static threshold"),
  points: z
    .array(z.tuple([z.number(), z.number(), z.number()]))
    .optional()
    .describe("Of a dynamic one: milliseconds, low and high"),
});

export const viewedPreview = z.object({
  from: time,
  to: time,
  series: z.array(
    z.object({
      target: z.string(),
      criterion: z.string(),
      metricName: z.string(),
      points: z.array(point),
    }),
  ),
  threshold: z.array(threshold).describe("One for each series, in their order"),
  firings: z.array(
    z.object({
      target: z.string(),
      dimensions: z.array(z.object({ name: z.string(), value: z.string() })),
      from: time,
      to: time.nullable().describe("Null: it would still last"),
      value: z.number().nullable(),
    }),
  ),
  firingCount: z.int().describe("All, also those that are not in `firings`"),
  evaluatedCount: z.int(),
  stepSeconds: z.int().describe("More than the rule's frequency where it was looked at less often"),
  missing: z.array(viewedSpan).describe("Nothing was measured"),
  learning: z.array(viewedSpan).describe("Too little was known to expect anything"),
  learnedEverySeconds: z.int().nullable(),
  omittedTargetCount: z.int(),
  isCut: z.boolean().describe("Some windows had more series than one evaluation looks at"),
});
export type ViewedPreview = z.input<typeof viewedPreview>;
type Point = z.input<typeof point>;
type Threshold = z.input<typeof threshold>;

const iso = (second: number): string => new Date(second * 1_000).toISOString();
const spanView = ({ from, to }: Span) => ({ from: iso(from), to: iso(to) });

/** A preview as JSON: times of spans are ISO 8601, those of points milliseconds since the epoch. */
export function viewPreview(rule: WantedRule, span: Span, preview: Preview): ViewedPreview {
  return {
    ...spanView(span),
    series: preview.series.map(({ points, ...series }) => ({
      ...series,
      points: points.map(({ second, value }): Point => [second * 1_000, value]),
    })),
    threshold: thresholdsOf(rule, preview),
    firings: preview.firings.map(({ from, to, dimensions, ...firing }) => ({
      dimensions: [...dimensions],
      from: iso(from),
      to: to === null ? null : iso(to),
      ...firing,
    })),
    firingCount: preview.firingCount,
    evaluatedCount: preview.evaluatedCount,
    stepSeconds: preview.stepSeconds,
    missing: preview.missing.map((each) => ({ target: each.target, ...spanView(each) })),
    learning: preview.learning.map((each) => ({ target: each.target, ...spanView(each) })),
    learnedEverySeconds: preview.learnedEverySeconds,
    omittedTargetCount: preview.omittedTargetCount,
    isCut: preview.isCut,
  };
}

/** One for each series, in their order: a value, or the expected range from point to point. */
function thresholdsOf({ properties }: WantedRule, { series }: Preview): Threshold[] {
  const criteria = properties.criteria.allOf;
  return series.map(({ target, points }, index) => {
    const criterion = criteria[index % criteria.length];
    const operator = criterion?.operator ?? "GreaterThan";
    if (typeof criterion?.["threshold"] === "number") {
      return { target, operator, value: criterion["threshold"] };
    }
    const ranges = points.flatMap(({ second, low, high }) =>
      low === undefined || high === undefined
        ? []
        : [[second * 1_000, low, high] satisfies [number, number, number]],
    );
    return { target, operator, points: ranges };
  });
}
