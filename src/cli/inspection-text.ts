import type { Inspection } from "../inspection/inspection.ts";
import { renderTerminalReport } from "../report/terminal-report.ts";

const widthWithoutTerminal = 100;

/** What is known of a file alone. */
const nothingKnown = {
  host: null,
  sessionId: null,
  resourceId: null,
  filter: null,
  interfaces: [],
  startTime: null,
  endTime: null,
  stopReason: null,
  limits: null,
  packetsDropped: null,
  sizeBytes: 0,
  sha256: null,
  storedAt: null,
} as const;

/** An inspection as a page of text, in colours where `isColored`. */
export function renderInspection(
  path: string,
  inspection: Inspection,
  { width = widthWithoutTerminal, isColored = false } = {},
): string {
  const capture = { ...nothingKnown, name: path };
  const input = { inspection, capture, alert: null, createdAt: "" };
  return renderTerminalReport(input, { width, isColored });
}
