import { reportDocument } from "./document.ts";
import type { ReportInput } from "./report-input.ts";

/** The report as a JSON document, fields in `ReportDocument`'s order, ending with a newline. */
export const renderJsonReport = (input: ReportInput): string =>
  `${JSON.stringify(reportDocument(input), null, 2)}\n`;
