import { stat } from "node:fs/promises";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { readTextIfExists } from "../../common/files.ts";
import { blockDirections } from "../../block/block.ts";
import { inspect } from "../../inspection/inspect.ts";
import { visible } from "../../inspection/summary/safe-text.ts";
import { captureInput, namingPath } from "../capture-input.ts";

/** A report is bounded; what is larger was not made by Nightcap. */
const reportSizeBytesMax = 64 << 20;
/** Reports and captures hold findings with this many targets at most. */
const targetCountMax = 20;
const textLengthMax = 80;

const target = z.object({
  address: z.string().max(textLengthMax),
  port: z.string().max(textLengthMax),
  direction: z.enum(blockDirections),
});
const remedy = z.object({ targets: z.array(target).max(targetCountMax).readonly().optional() });
const finding = z.object({ title: z.string(), remedies: z.array(remedy).readonly() });
const report = z.object({
  format: z.literal("nightcap-report/1"),
  findings: z.array(finding).readonly(),
});

type FoundTarget = z.infer<typeof target>;
type Found = z.infer<typeof finding>;

/**
 * What a finding is about: `report.json#2` is the second of a report in JSON, `capture.pcapng#2` the
 * second that an inspection of that file says. The addresses are judged later like any that are typed.
 */
export async function targetsOfFinding(reference: string): Promise<readonly FoundTarget[]> {
  const [, path = "", number = ""] = /^(.+)#(\d{1,4})$/.exec(reference) ?? [];
  if (path === "")
    throw invalid(`"${reference}" names no finding: FILE#N expected, as traffic.pcapng#2`);
  const findings = path.endsWith(".json") ? await readReport(path) : await readCapture(path);
  const found = findings[Number(number) - 1];
  if (!found) throw invalid(`${path} has ${findings.length} findings, and no number ${number}`);
  const targets = found.remedies.flatMap(({ targets: each }) => each ?? []);
  if (targets.length > 0) return targets;
  throw invalid(`finding ${number} of ${path} names nothing to block: ${visible(found.title)}`);
}

async function readCapture(path: string): Promise<readonly Found[]> {
  const { findings } = await inspect(captureInput(path)).catch((error: unknown) => {
    throw namingPath(path, error);
  });
  return findings;
}

async function readReport(path: string): Promise<readonly Found[]> {
  const size = await stat(path).then(
    ({ size: bytes }) => bytes,
    () => 0,
  );
  if (size > reportSizeBytesMax) throw invalid(`${path} is too large for a report`);
  const parsed = report.safeParse(parsedJson((await readTextIfExists(path)) ?? ""));
  if (parsed.success) return parsed.data.findings;
  throw invalid(`${path} is no report: what nightcap report --json writes is expected`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const invalid = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
