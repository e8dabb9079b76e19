import { changeValueText, timeOfDay } from "../inspection/change/sentence.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { plural } from "../inspection/summary/units.ts";
import type { CaptureSummary } from "./capture-summary.ts";
import { kindNames } from "./change-text.ts";

/** Characters of a line of the text. */
const lineLengthMax = 280;

/** One capture of several that belong together. */
export interface GroupMember {
  sessionId: string;
  host: string | null;
  captureName: string;
  /** Null where it could not be inspected. */
  summary: CaptureSummary | null;
  /** Why there is no summary, or what the report lacks. */
  problem: string | null;
  reportLink: string | null;
}

/** What a report of several captures is made from. All of its texts are hostile. */
export interface GroupReportInput {
  /** What they have in common: `Alert "egress"`, `Incident 0f3a...`. */
  title: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Those that have ended so far. */
  members: readonly GroupMember[];
  /** Captures that are to come; 0 where that is not known. */
  awaitedCount: number;
}

export const hostOf = ({ host, summary, captureName }: GroupMember): string =>
  visible(host ?? summary?.host ?? captureName);

/** One line for all: on how many hosts something changed, and on which first. */
export function groupHeadline({ members }: GroupReportInput): string {
  const changed = changedMembers(members);
  const hosts = new Set(members.map(hostOf)).size;
  const what = hosts > 1 ? plural(hosts, "host") : plural(members.length, "capture");
  const [first] = changed;
  if (!first) return `Nothing that was asked about increased in ${what}`;
  const count =
    hosts > 1 ? new Set(changed.map(({ member }) => hostOf(member))).size : changed.length;
  const name = kindNames[first.change.kind];
  const where = hosts > 1 ? hostOf(first.member) : visible(first.member.captureName);
  const began = first.change.onset === null ? "" : ` at ${timeOfDay(first.change.onset)}`;
  return `${count} of ${what} changed; first ${where}${began}: ${name}`;
}

/** Those with an increase, the earliest first. */
export function changedMembers(members: readonly GroupMember[]) {
  return members
    .flatMap((member) => {
      const change = member.summary?.change;
      return change && change.kind !== "none" ? [{ member, change }] : [];
    })
    .toSorted((one, other) => beganAt(one.change) - beganAt(other.change));
}

const beganAt = ({ onset, moment }: { onset: number | null; moment: number }): number =>
  onset ?? moment;

/** What changed on one host in one line, without its name. */
export function memberLine({ summary, problem }: GroupMember): string {
  if (!summary) return visible(problem ?? "not inspected", lineLengthMax);
  const { change, headline } = summary;
  if (!change) return visible(headline, lineLengthMax);
  const before = change.before === null ? "" : `${changeValueText(change.before, change.unit)} to `;
  const values = `${before}${changeValueText(change.after, change.unit)}`;
  return visible(`${headline} (${values})`, lineLengthMax);
}

export const awaitedText = ({ awaitedCount }: GroupReportInput): string | null =>
  awaitedCount > 0 ? `${plural(awaitedCount, "capture")} more to come` : null;

/** The report for a terminal: the headline, then a line for each capture. */
export function renderGroupText(input: GroupReportInput): string {
  const lines = input.members.map((member) => `${hostOf(member)}: ${memberLine(member)}`);
  return [`${input.title}: ${groupHeadline(input)}`, ...lines, awaitedText(input)]
    .filter((line) => line !== null)
    .map((line) => visible(line, lineLengthMax))
    .join("\n");
}

export const renderGroupJson = (input: GroupReportInput): string =>
  JSON.stringify({ format: "nightcap-group-report/1", headline: groupHeadline(input), ...input });
