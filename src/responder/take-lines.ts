import { type HostLabel, usualHostLabels } from "../alert/sources/host-labels.ts";
import { parseAlerts } from "../alert/sources/parse-alerts.ts";
import type { AlertEntry } from "../alert/sources/source.ts";
import { NightcapError } from "../common/errors.ts";
import type { AlertResult } from "./accept-alerts.ts";
import { type FollowedFileSettings, mayBeAlert } from "../common/alert-file.ts";

/** What becomes of a line. */
export type LineOutcome = "alert" | "passedOver" | "unreadable";

/**
 * The alerts of a file's lines. A line that cannot be read is counted and passed over: it will not be better tomorrow. Throws
 * when an alert could not be recorded, so that the lines come again.
 */
export async function takeLines(
  lines: readonly string[],
  options: {
    file: Omit<FollowedFileSettings, "path">;
    accept: (entries: readonly AlertEntry[]) => Promise<AlertResult[]>;
    countLine: (outcome: LineOutcome) => void;
    hostLabels?: readonly HostLabel[];
  },
): Promise<void> {
  const { file, accept, countLine } = options;
  const entries: AlertEntry[] = [];
  for (const line of lines) {
    const found = readLine(line, options);
    const alerts = found.filter((entry) => isWanted(entry, file));
    const isBad = found.some(({ kind }) => kind === "unreadable");
    countLine(alerts.length > 0 ? "alert" : isBad ? "unreadable" : "passedOver");
    entries.push(...alerts);
  }
  const failed = (await accept(entries)).filter(({ status }) => status === "failed");
  if (failed.length === 0) return;
  const message = `${failed.length} alerts could not be recorded: ${failed[0]?.reason ?? ""}`;
  throw new NightcapError("ServiceUnavailable", message);
}

function readLine(
  line: string,
  { file, hostLabels = usualHostLabels }: Parameters<typeof takeLines>[1],
): readonly AlertEntry[] {
  if (!mayBeAlert(file.source, line)) return [];
  const bytes = new TextEncoder().encode(line);
  return parseAlerts({ bytes, headers: new Headers(), source: file.source }, { hostLabels })
    .entries;
}

const isWanted = (
  entry: AlertEntry,
  { severityMax }: Pick<FollowedFileSettings, "severityMax">,
): boolean => entry.kind === "alert" && (entry.alert.severity ?? 0) <= severityMax;
