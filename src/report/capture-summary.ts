import type { ChangeAnswer } from "../inspection/change/change-answer.ts";
import type { ReportDocument } from "./document.ts";

/** What one capture has to say in a report of several; JSON-safe. */
export interface CaptureSummary {
  name: string;
  host: string | null;
  startTime: string | null;
  endTime: string | null;
  /** The rule that fired; null when no alert asked for it. */
  rule: string | null;
  firedTime: string | null;
  headline: string;
  /** A sentence each, without a full stop. */
  packetsSay: readonly string[];
  change: SummarizedChange | null;
  /** What the recording does not cover. */
  warnings: readonly string[];
}

/** What changed, without its tables. */
export type SummarizedChange = Pick<
  ChangeAnswer,
  "kind" | "unit" | "moment" | "onset" | "increase" | "timeLine"
> & {
  /** The paragraph for people. */
  sentence: string;
  certainty: string;
  /** In the unit; null without a before. */
  before: number | null;
  after: number;
};

/** From the document of its own report. */
export function summarizeCapture({
  capture,
  alert,
  answer,
  change,
}: Pick<ReportDocument, "capture" | "alert" | "answer" | "change">): CaptureSummary {
  return {
    name: capture.name,
    host: capture.host,
    startTime: capture.startTime,
    endTime: capture.endTime,
    rule: alert?.rule ?? null,
    firedTime: alert?.firedTime ?? null,
    headline: answer.headline,
    packetsSay: answer.packetsSay,
    change: change ? summarizeChange(change) : null,
    warnings: (capture.coverage?.warnings ?? []).map(({ message }) => message),
  };
}

function summarizeChange(change: ChangeAnswer): SummarizedChange {
  const { kind, unit, moment, onset, increase, timeLine, before, after, confidence } = change;
  return {
    kind,
    unit,
    moment,
    onset,
    increase,
    timeLine,
    sentence: change.sentence,
    certainty: confidence.level,
    before: before?.value ?? null,
    after: after.value,
  };
}
