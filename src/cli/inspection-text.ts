import type { Inspection } from "../inspection/inspection.ts";
import { fileAlone } from "../report/report-input.ts";
import { renderTerminalReport } from "../report/terminal-report.ts";

const widthWithoutTerminal = 100;

/** An inspection as a page of text, in colours where `isColored`. */
export function renderInspection(
  path: string,
  inspection: Inspection,
  { width = widthWithoutTerminal, isColored = false } = {},
): string {
  const capture = fileAlone(path);
  const input = { inspection, capture, alert: null, createdAt: "" };
  return renderTerminalReport(input, { width, isColored });
}
