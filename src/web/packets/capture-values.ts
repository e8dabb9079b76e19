import type { ReportDocument } from "../../report/document.ts";
import type { CaptureValues } from "./filter/field-values.ts";

const valueCountMax = 40;

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)].slice(0, valueCountMax);

/** Values that a filter on this capture may be about, as its report knows them. */
export function captureValues(report: ReportDocument): CaptureValues {
  const { conversations, destinations, names } = report;
  return {
    addresses: distinct(conversations.items.flatMap(({ a, b }) => [a, b])),
    ports: distinct(destinations.items.map(({ port }) => port)),
    names: distinct(
      [names.dns, names.http, names.tls].flatMap(({ items }) => items.map(({ name }) => name)),
    ),
  };
}
