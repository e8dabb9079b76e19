import type { Finding } from "../inspection/findings/finding.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { formatCount } from "../inspection/summary/units.ts";
import { wrapped } from "./terminal-columns.ts";
import type { Style } from "./terminal-style.ts";

/** Findings told whole; of further ones the sentence, and then their number. */
const findingToldMax = 8;
const findingNamedMax = 20;
const namedCountMax = 5;
const sentenceLengthMax = 600;
const markWidth = 5;

const whereRulesAre = "The rules are in the page (nightcap report) and in --json.";

const marks: Record<Finding["severity"], string> = { problem: "[!!]", warning: "[!]", note: "[i]" };

/** Each finding: the sentence, why it is believed and where to look, and what to do. */
export function findingLines(
  findings: readonly Finding[],
  { style, width }: { style: Style; width: number },
): string[] {
  if (findings.length === 0)
    return ["Nothing stands out: no loss, no slow connection, no refusal above its threshold."];
  const lines = findings
    .slice(0, findingNamedMax)
    .flatMap((finding, at) => linesOf(finding, at < findingToldMax, { style, width }));
  const left = findings.length - findingNamedMax;
  return left > 0 ? lines.concat(`and ${formatCount(left)} more findings`) : lines;
}

function linesOf(
  finding: Finding,
  isTold: boolean,
  { style, width }: { style: Style; width: number },
): string[] {
  const room = width - markWidth - 2;
  const blank = " ".repeat(markWidth);
  const mark = style[finding.severity](marks[finding.severity].padEnd(markWidth));
  const sentence = wrapped(visible(finding.title, sentenceLengthMax), room).map(
    (line, index) => (index === 0 ? mark : blank) + line,
  );
  if (!isTold || finding.severity === "note") return sentence;
  const rules = finding.remedies.length > 0 ? ` ${whereRulesAre}` : "";
  const by = finding.processes ? wrapped(`by ${finding.processes.join(", ")}`, room) : [];
  const below = wrapped(evidenceText(finding), room).concat(
    by,
    wrapped(`${finding.advice}${rules}`, room),
  );
  return sentence.concat(below.map((line) => blank + style.soft(line)));
}

/** `likely (one direction is missing): frames 4, 6 and 3 more; stream 0`. */
function evidenceText({ confidence, evidence }: Finding): string {
  const { frames, streams } = evidence;
  const places = [numbers("frame", frames), numbers("stream", streams)].filter((one) => one !== "");
  const where = places.length > 0 ? `: ${places.join("; ")}` : "";
  return `${confidence.level} (${visible(confidence.reason, sentenceLengthMax)})${where}`;
}

function numbers(what: string, all: readonly number[]): string {
  if (all.length === 0) return "";
  const shown = all.slice(0, namedCountMax).join(", ");
  const left = all.length - namedCountMax;
  return `${what}${all.length > 1 ? "s" : ""} ${shown}${left > 0 ? ` and ${left} more` : ""}`;
}
