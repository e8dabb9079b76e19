import { defaultStateDirectory } from "../credentials.ts";
import type { ToldIncident } from "./incident.ts";

/** Narrow enough for a terminal of 100 columns with its indent. */
const lineLengthMax = 94;

export interface DrillStory {
  report: { text: string; link: string; path?: string | null | undefined };
  incident: ToldIncident;
  incidentId: string;
  captureName: string;
  state: string;
}

/** What a drill ends with: the answer, what it rests on, and where to look further. */
export function drillText({
  report,
  incident,
  incidentId,
  captureName,
  state,
}: DrillStory): string {
  const { answer, summary } = incident;
  const [first = "", ...rest] = report.text.split("\n");
  const hasAnswer = answer !== null && first.includes(answer.sentence);
  const nightcap = (words: string): string =>
    `  npm run nightcap -- ${words}${state === defaultStateDirectory() ? "" : ` --state ${state}`}`;
  return [
    "",
    answer ? "The answer" : "No answer: the packets do not say what changed",
    ...(answer ? wrap(answer.sentence) : []),
    "",
    "What it rests on",
    ...(hasAnswer ? rest : [first, ...rest]).map((line) => `  ${line}`),
    "",
    `Incident ${incidentId}: ${summary}`,
    nightcap(`incidents show ${incidentId}`),
    nightcap(`capture download ${captureName}`),
    "",
    `Report: ${report.path ?? report.link}`,
    `        ${report.link}`,
    "",
  ].join("\n");
}

/** The text in indented lines, broken at spaces. */
export function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > lineLengthMax && line !== "") {
      lines.push(`  ${line}`);
      line = word;
    } else line = longer;
  }
  return [...lines, `  ${line}`];
}
