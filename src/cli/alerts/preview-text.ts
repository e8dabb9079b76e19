import { z } from "zod";

const span = z.object({ target: z.string(), from: z.string(), to: z.string() });

/** What `POST /nightcap/v1/alert-previews` answers, as far as it is printed. */
export const alertPreview = z.object({
  from: z.string(),
  to: z.string(),
  firings: z.array(
    z.object({
      target: z.string(),
      dimensions: z.array(z.object({ name: z.string(), value: z.string() })),
      from: z.string(),
      to: z.string().nullable(),
      value: z.number().nullable(),
    }),
  ),
  firingCount: z.number(),
  evaluatedCount: z.number(),
  stepSeconds: z.number(),
  missing: z.array(span),
  learning: z.array(span),
  learnedEverySeconds: z.number().nullable(),
  omittedTargetCount: z.number(),
  isCut: z.boolean(),
});
export type AlertPreviewAnswer = z.infer<typeof alertPreview>;

const shownFiringCountMax = 50;
const shownSpanCountMax = 10;
const hourSeconds = 3_600;

/** The number first, then each alert, then what limits the answer. */
export function previewText(preview: AlertPreviewAnswer): string {
  const { firings, firingCount, from, to } = preview;
  const times = firingCount === 1 ? "once" : `${firingCount} times`;
  const left = firingCount - Math.min(firings.length, shownFiringCountMax);
  return [
    `${firingCount === 0 ? "would not have fired" : `would have fired ${times}`} from ${from} to ${to}`,
    ...firings.slice(0, shownFiringCountMax).map(firingLine),
    ...(left > 0 ? [`  and ${left} more`] : []),
    `evaluated ${preview.evaluatedCount} times, one every ${preview.stepSeconds} s`,
    ...limits(preview),
  ].join("\n");
}

function firingLine({ target, dimensions, from, to, value }: AlertPreviewAnswer["firings"][0]) {
  const parts = [
    from,
    to === null ? "lasts" : `until ${to}`,
    value === null ? "" : `value ${value}`,
    target.split("/").at(-1) ?? "",
    ...dimensions.map((dimension) => `${dimension.name}=${dimension.value}`),
  ];
  return `  ${parts
    .filter((part) => part !== "")
    .map(visible)
    .join("  ")}`;
}

function limits(preview: AlertPreviewAnswer): string[] {
  const { learnedEverySeconds, omittedTargetCount } = preview;
  const lines = [
    ...spanLines("nothing was measured", preview.missing),
    ...spanLines("too little was known to expect anything", preview.learning),
  ];
  if (learnedEverySeconds !== null && learnedEverySeconds > hourSeconds) {
    const hours = learnedEverySeconds / hourSeconds;
    lines.push(`what is expected was learned every ${hours} hours; a rule learns it each hour`);
  }
  if (omittedTargetCount > 0) lines.push(`${omittedTargetCount} more targets were not looked at`);
  if (preview.isCut) lines.push("some windows had more series than one evaluation looks at");
  return lines;
}

function spanLines(what: string, spans: AlertPreviewAnswer["missing"]): string[] {
  const left = spans.length - shownSpanCountMax;
  return [
    ...spans
      .slice(0, shownSpanCountMax)
      .map(
        ({ target, from, to }) =>
          `${what} from ${from} to ${to} (${visible(target.split("/").at(-1) ?? "")})`,
      ),
    ...(left > 0 ? [`${what} in ${left} more spans`] : []),
  ];
}

/** Names come from outside: nothing of theirs may steer the terminal. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}|\p{Cf}/gu, "\u{fffd}");
