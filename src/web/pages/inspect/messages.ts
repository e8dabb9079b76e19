import type { ReportDocument } from "../../../report/document.ts";

/** What the page's worker is asked, and what it says. */
export interface InspectRequest {
  file: File;
}

export type InspectReply =
  /** All that it runs with is there. */
  | { kind: "ready" }
  | { kind: "progress"; bytes: number }
  | { kind: "done"; report: ReportDocument; milliseconds: number }
  | { kind: "failed"; reason: string };
