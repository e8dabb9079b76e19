import { NightcapError } from "../../common/errors.ts";
import type { BlockTarget } from "../../inspection/findings/block-targets.ts";
import { inspect } from "../../inspection/inspect.ts";
import { captureInput, namingPath } from "../capture-input.ts";

/** What a finding of a capture file is about: `capture.pcapng#2` is the second one of its report. */
export async function targetsOfFinding(reference: string): Promise<readonly BlockTarget[]> {
  const [, path = "", number = ""] = /^(.+)#(\d{1,4})$/.exec(reference) ?? [];
  if (path === "")
    throw invalid(`"${reference}" names no finding: CAPTURE#N expected, as traffic.pcapng#2`);
  const { findings } = await inspect(captureInput(path)).catch((error: unknown) => {
    throw namingPath(path, error);
  });
  const finding = findings[Number(number) - 1];
  if (!finding) throw invalid(`${path} has ${findings.length} findings, and no number ${number}`);
  const targets = finding.remedies.flatMap(({ targets: each }) => each ?? []);
  if (targets.length > 0) return targets;
  throw invalid(`finding ${number} of ${path} names nothing to block: ${finding.title}`);
}

const invalid = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
