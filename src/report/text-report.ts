import { severityText } from "./alert-sentence.ts";
import { changeParagraph, paragraphLengthMax } from "./change-text.ts";
import { reportDocument, type ReportDocument } from "./document.ts";
import type { Finding } from "../inspection/findings/finding.ts";
import type { ReportInput } from "./report-input.ts";
import { nameLengthMax, visible } from "../inspection/summary/safe-text.ts";
import {
  exactBytes,
  formatBytes,
  formatCount,
  formatInstant,
} from "../inspection/summary/units.ts";

/** Findings in a notification; the page has all. */
const findingCountMax = 4;
/** Characters of a line, so that a notification stays one. */
const lineLengthMax = 280;
const nameCountMax = 4;

/**
 * The report for a notification and a terminal: 6 to 18 lines of plain text, the answer first, no control
 * characters. A channel with markup of its own (Slack, HTML mail) escapes it on its side.
 */
export function renderTextReport(input: ReportInput): string {
  const document = reportDocument(input);
  const { answer, capture, change, findings } = document;
  const first = change ? changeParagraph(change) : answer.headline;
  const lines = [
    ...alertLines(document),
    ...answer.packetsSay,
    ...coverageLines(document),
    ...findingLines(findings),
    nameLine(document),
    processLine(document),
    `Capture ${visible(capture.name)}: ${asked(document)}`,
    `File: ${formatBytes(capture.sizeBytes)} (${exactBytes(capture.sizeBytes)}), ${capture.storedAt ?? "not stored"}`,
    `SHA-256: ${capture.sha256 ?? "not known"}`,
    capture.privacy ?? null,
  ].filter((line) => line !== null);
  const headline = capture.host === null ? first : `${capture.host}: ${first}`;
  return [
    visible(headline, change ? paragraphLengthMax : lineLengthMax),
    ...lines.map((line) => visible(line, lineLengthMax)),
  ].join("\n");
}

function alertLines({ alert, answer }: ReportDocument): string[] {
  if (!alert) return ["Alert: none"];
  const fired = formatInstant(alert.firedTime) ?? alert.firedTime;
  return [
    `Alert ${visible(alert.rule, nameLengthMax / 2)} (${severityText(alert.severity)}), ${fired}: ${answer.happened ?? ""}`,
  ];
}

/** How far back it reaches, and what is missing: an answer must not hide what it had to do without. */
function coverageLines({ capture: { coverage } }: ReportDocument): string[] {
  if (!coverage) return [];
  const { asked: wanted, got, moment, warnings } = coverage;
  const at = formatInstant(moment) ?? moment;
  const before = `Before: ${got.beforeSeconds} of ${wanted.beforeSeconds} s before ${at}`;
  const [first, ...others] = warnings;
  const more = others.map(({ code }) => code).join(", ");
  return [
    ...(wanted.beforeSeconds > 0 ? [before] : []),
    ...(first ? [`[!] ${first.code}: ${first.message}`] : []),
    ...(more === "" ? [] : [`[!] also of the recording: ${more}`]),
  ];
}

const marks: Record<Finding["severity"], string> = { problem: "[!!]", warning: "[!]", note: "[i]" };

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length <= findingCountMax)
    return findings.map(({ severity, title }) => `${marks[severity]} ${title}`);
  const shown = findings.slice(0, findingCountMax - 1);
  return [
    ...findingLines(shown),
    `... and ${formatCount(findings.length - shown.length)} more findings in the report`,
  ];
}

function nameLine({ names }: ReportDocument): string | null {
  const seen = new Set(
    [...names.tls.items, ...names.http.items, ...names.dns.items].map(({ name }) => name),
  );
  if (seen.size === 0) return null;
  const shown = [...seen].slice(0, nameCountMax).map((name) => visible(name, nameLengthMax / 3));
  const more = seen.size - shown.length;
  return `Names: ${shown.join(", ")}${more > 0 ? `, and ${formatCount(more)} more` : ""}`;
}

const processCountMax = 3;

/** The processes that moved most, and how many sockets were missed. */
function processLine({ owners }: ReportDocument): string | null {
  if (!owners) return null;
  const { items, omitted } = owners.processes;
  const shown = items.slice(0, processCountMax);
  if (shown.length === 0) return null;
  const named = shown.map(
    ({ name, bytesSent, bytesReceived }) => `${name} ${formatBytes(bytesSent + bytesReceived)}`,
  );
  const more = items.length - shown.length + omitted;
  const missed = owners.missedSockets ?? 0;
  return [
    `Processes: ${named.join(", ")}`,
    more > 0 ? `, and ${formatCount(more)} more` : "",
    missed > 0 ? `; ${formatCount(missed)} sockets were missed` : "",
  ].join("");
}

function asked({ capture }: ReportDocument): string {
  const filter =
    capture.filter === null
      ? null
      : capture.filter === ""
        ? "no filter"
        : `filter ${visible(capture.filter)}`;
  const where =
    capture.interfaces.length > 0 ? `on ${capture.interfaces.slice(0, 4).join(", ")}` : null;
  const ended = capture.stopReason === null ? null : `ended by ${capture.stopReason}`;
  const parts = [where, filter, ended].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(", ") : "how it was recorded is not known";
}
