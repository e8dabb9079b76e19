import { renderInspection } from "../../src/cli/inspection-text.ts";
import type { Inspection } from "../../src/inspection/inspection.ts";
import { renderHtmlReport } from "../../src/report/html-report.ts";
import { fileAlone } from "../../src/report/report-input.ts";
import { renderTextReport } from "../../src/report/text-report.ts";

/** Writes all that is written of an inspection, and looks for values that no person should see. */
export function checkTexts(inspection: Inspection): void {
  const capture = fileAlone("input.pcap");
  const report = { inspection, capture, alert: null, createdAt: "2026-01-01T00:00:00Z" };
  const texts = {
    json: JSON.stringify(inspection),
    terminal: renderInspection("input.pcap", inspection),
    summary: renderTextReport(report),
    page: renderHtmlReport(report),
  };
  for (const [name, text] of Object.entries(texts))
    if (/\bNaN\b|\bundefined\b|\[object Object\]/.test(text))
      throw new Error(`odd value in ${name}: ${context(text)}`);
}

function context(text: string): string {
  const at = text.search(/\bNaN\b|\bundefined\b|\[object Object\]/);
  return text.slice(Math.max(0, at - 60), at + 60);
}
