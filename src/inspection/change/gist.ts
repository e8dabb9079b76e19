import type { Confidence } from "../findings/finding.ts";
import type { ChangeAnswer, ChangeKind, ChangeMetric, ChangeUnit } from "./change-answer.ts";

/** What an answer says at its shortest, in values: whoever shows it chooses the words and the language. */
export interface ChangeGist {
  kind: ChangeKind;
  level: Confidence["level"];
  metric: ChangeMetric;
  unit: ChangeUnit;
  /** In the unit; null where nothing is recorded from before. */
  before: number | null;
  after: number;
  /** Milliseconds since the epoch: when it changed, or else the moment that was asked about. */
  at: number;
  /** Of the largest destination: `203.0.113.7:443`, and its part of the increase, 0 to 1; null where there is none. */
  destination: { name: string; share: number } | null;
  destinationCount: number;
}

/** The values behind the answer's first sentences. */
export function gistOf(answer: ChangeAnswer): ChangeGist {
  const { kind, confidence, metric, unit, before, after, onset, moment, parts } = answer;
  const destinations = parts.find(({ by }) => by === "destination");
  const [top] = destinations?.rows ?? [];
  return {
    kind,
    level: confidence.level,
    metric,
    unit,
    before: before?.value ?? null,
    after: after.value,
    at: onset ?? moment,
    destination: top ? { name: top.name, share: top.share } : null,
    destinationCount: destinations?.count ?? 0,
  };
}
