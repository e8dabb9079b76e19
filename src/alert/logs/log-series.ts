import { createHash } from "node:crypto";
import { holds } from "../evaluate.ts";
import { dimensionColumn, resourceColumn, valueColumn } from "./compose-query.ts";
import type { LogCriterion } from "./log-rule.ts";

export interface SeriesDimension {
  readonly name: string;
  readonly value: string;
}

/** One combination of values that a rule is split by, in one window. */
export interface LogSeries {
  readonly dimensions: readonly SeriesDimension[];
  /** Of `resourceIdColumn`; "" without one. */
  readonly resourceId: string;
  readonly value: number | null;
  readonly isMet: boolean;
}

/** The answer of a query, as far as rules read it. */
export interface RuleAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** The series of an answer to `seriesQuery`. */
export function readSeries(criterion: LogCriterion, answer: RuleAnswer): LogSeries[] {
  const at = new Map(answer.columns.map(({ name }, index) => [name, index]));
  return answer.rows.map((row) => {
    const cell = (name: string): unknown => row[at.get(name) ?? -1];
    const value = readNumber(cell(valueColumn));
    return {
      dimensions: criterion.dimensions.map(({ name }, index) => ({
        name,
        value: readText(cell(dimensionColumn(index))),
      })),
      resourceId: readText(cell(resourceColumn)),
      value,
      isMet: value !== null && holds(value, criterion.operator, criterion.threshold),
    };
  });
}

/** Tells series of a rule from each other, and is short whatever their values are. */
export function seriesKey({
  dimensions,
  resourceId,
}: Pick<LogSeries, "dimensions" | "resourceId">): string {
  const text = JSON.stringify([dimensions.map(({ name, value }) => [name, value]), resourceId]);
  return createHash("sha256").update(text.toLowerCase()).digest("hex").slice(0, 32);
}

export function readNumber(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A cell as text; a number or a truth is written out. */
export function readText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : "";
}
