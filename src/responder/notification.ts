import { isoTime } from "../common/clock.ts";
import type { ToldAnswer } from "../incident/incident.ts";
import type { CaptureStatusAnswer, ExistingCapture } from "./capture-client.ts";
import type { Job, JobOutcome, Notification } from "./job.ts";

/** What the report says in a few lines, and where the whole of it is. */
export interface ReportText {
  text: string;
  link: string;
  answer?: ToldAnswer;
}

/** The end of a capture, judged by its status. */
export function describeOutcome(
  { name }: ExistingCapture,
  { status, stopReason, errors }: CaptureStatusAnswer,
): Pick<JobOutcome, "kind" | "message"> {
  const reason = stopReason === null ? "" : ` (${stopReason})`;
  if (status !== "Error" && errors.length === 0) {
    return { kind: "captured", message: `packet capture "${name}" is complete${reason}` };
  }
  const why = errors.length === 0 ? "no error was named" : errors.join(", ");
  return { kind: "captureFailed", message: `packet capture "${name}" failed${reason}: ${why}` };
}

/** Whoever reads one line reads what happened: the report's first line, where it says what changed, goes first. */
function textOf(headline: string, result: string, report: ReportText | null): string {
  if (!report) return [headline, result].join("\n");
  if (report.answer === undefined) return [headline, result, report.text].join("\n");
  const rest = report.text.split("\n").slice(1);
  return [report.answer.sentence, headline, result, ...rest].join("\n");
}

/** What people are told of a job that has its outcome. Says the same whenever it is composed. */
export function composeNotification(job: Job, report: ReportText | null): Notification {
  const { alert, capture, outcome } = job;
  const machine = job.machine?.name ?? alert.resourceId;
  const headline = `alert "${alert.ruleName}" on ${machine}, fired ${isoTime(alert.firedTime)}`;
  const result = outcome?.message ?? "no outcome";
  return {
    notificationId: job.jobId,
    outcome: outcome?.kind ?? "failed",
    text: textOf(headline, result, report),
    link: report?.link ?? capture?.link ?? null,
    alert,
    capture: capture && {
      id: capture.id,
      name: capture.name,
      stopReason: outcome?.status?.stopReason ?? null,
      errors: outcome?.status?.errors ?? [],
    },
  };
}
