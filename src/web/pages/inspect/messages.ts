import type { ReportDocument } from "../../../report/document.ts";

/** What the page's worker is asked, and what it says. */
export interface InspectRequest {
  file: File;
}

export type InspectReply =
  | { kind: "progress"; bytes: number }
  | { kind: "done"; report: ReportDocument; milliseconds: number }
  | { kind: "failed"; reason: string };
