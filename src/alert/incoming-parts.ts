import { z } from "zod";
import type { IncomingCriterion } from "./incoming-alert.ts";
import { readIncomingFlows } from "./logs/incoming-flows.ts";

const textLengthMax = 4_096;
const criterionCountMax = 64;
const dimensionCountMax = 64;
const propertyCountMax = 100;

/** Bounded text of a payload; limits are far above what Azure sends. */
export const text = z.string().max(textLengthMax);
export const presentText = text.min(1);

/** A time as Azure writes it, with 0 to 7 digits of a second, as milliseconds since the epoch. */
export const instant = text.transform((value, context) => {
  const time = Date.parse(value.replace(/(\.\d{3})\d+/, "$1"));
  if (!Number.isNaN(time)) return time;
  context.addIssue({ code: "custom", message: `not a time: "${value.slice(0, 64)}"` });
  return z.NEVER;
});

/** Numbers come as numbers or as text; null for what is neither. */
export const looseNumber = z
  .union([z.number(), text])
  .nullish()
  .transform((value) => {
    const number = value === "" ? Number.NaN : Number(value ?? Number.NaN);
    return Number.isFinite(number) ? number : null;
  });

const looseText = text.nullish().transform((value) => value ?? null);

/** "3", "Sev3" and 3 are all 3; null for anything else. */
export const severity = z
  .union([z.number(), text])
  .nullish()
  .transform((value) => {
    const match = /^(?:sev)?([0-4])$/i.exec(String(value ?? ""));
    return match ? Number(match[1]) : null;
  });

/** What the rule's author added. Values that are not text are written as JSON. */
export const properties = z
  .record(text, z.unknown())
  .nullish()
  .transform((record): Record<string, string> => {
    const entries = Object.entries(record ?? {}).slice(0, propertyCountMax);
    return Object.fromEntries(
      entries.map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
  });

/** One metric's part of a condition; fields that an alert of another kind lacks are null. */
export const criterion = z
  .object({
    metricName: looseText,
    metricNamespace: looseText,
    operator: looseText,
    threshold: looseNumber,
    timeAggregation: looseText,
    metricValue: looseNumber,
    dimensions: z
      .array(z.object({ name: text, value: text }))
      .max(dimensionCountMax)
      .nullish()
      .transform((list) => list ?? []),
    nightcapFlows: z.unknown().optional(),
    nightcapHasAllFlows: z.boolean().nullish(),
  })
  .transform(({ nightcapFlows, nightcapHasAllFlows, ...value }): IncomingCriterion => ({
    ...value,
    flows: readIncomingFlows(nightcapFlows),
    hasAllFlows: nightcapHasAllFlows ?? true,
  }));

export const condition = z
  .object({
    windowSize: looseText,
    allOf: z
      .array(criterion)
      .max(criterionCountMax)
      .nullish()
      .transform((list) => list ?? []),
  })
  .nullish()
  .transform((value) => value ?? { windowSize: null, allOf: [] });
