import { compileFilters } from "../arm/capture-filter.ts";
import type { LookBackResult } from "./flight/look-back-result.ts";
import { coverageText, makeCoverage } from "./flight/make-coverage.ts";
import type { RunnerContext } from "./runner-context.ts";
import { timeLimitMilliseconds } from "./session-ending.ts";
import { policyOf } from "./session-privacy.ts";
import type { SessionJournal } from "./session-journal.ts";
import type { CaptureObservation, CaptureSpec } from "./session.ts";
import { writeSideFile } from "./side-files.ts";

/** What a finished session covers; also beside its capture, as JSON, when that is one file. */
export async function sessionCoverage(
  { directory, journal }: { directory: string; journal: SessionJournal },
  lookBack: LookBackResult | null,
  context: Pick<RunnerContext, "clockOffsetMilliseconds" | "privacyFloor" | "privacyKeyFile">,
): Promise<Pick<CaptureObservation, "coverage">> {
  const { spec, observation } = journal.record;
  const { captureStartTime, captureEndTime, packets, packetsDropped } = observation;
  const coverage = makeCoverage({
    ...partial(spec, lookBack, context),
    startedAt: captureStartTime === null ? null : Date.parse(captureStartTime),
    endedAt: Date.parse(captureEndTime ?? "") || 0,
    packets,
    packetsDropped,
    clockOffsetMilliseconds: context.clockOffsetMilliseconds(),
    recordingGaps: journal.record.recordingGaps,
  });
  // Several files have no one name that this could stand beside.
  if (!spec.ring) {
    await writeSideFile(directory, "coverage", `${JSON.stringify(coverage, null, 2)}\n`);
  }
  return { coverage };
}

/** What stands in the file itself: written before its packets, so it does not say how many they are. */
export function sessionComments(
  spec: CaptureSpec,
  lookBack: LookBackResult | null,
  host: Parameters<typeof policyOf>[1],
): string[] {
  const name = `Nightcap packet capture ${spec.name}, session ${spec.sessionId}`;
  if (!lookBack) return [name];
  const before = makeCoverage({
    ...partial(spec, lookBack, host),
    startedAt: null,
    endedAt: lookBack.moment,
    packets: 1, // not known yet: whether the filter matched is told elsewhere
    packetsDropped: 0,
    clockOffsetMilliseconds: null,
    recordingGaps: [],
  });
  return [name, `Coverage: ${coverageText(before)}`];
}

function partial(
  spec: CaptureSpec,
  lookBack: LookBackResult | null,
  host: Parameters<typeof policyOf>[1],
) {
  // Filters hold addresses, which are not told beside pseudonyms of them.
  const shown = (filter: string): string =>
    filter !== "" && policyOf(spec, host)?.pseudonymise === true ? hiddenFilter : filter;
  const facts = lookBack?.facts && { ...lookBack.facts, filter: shown(lookBack.facts.filter) };
  return {
    lookBack: lookBack && { ...lookBack, facts: facts ?? null },
    lookBackSeconds: spec.lookBack?.seconds ?? 0,
    interfaces: spec.interfaces,
    filter: shown(compileFilters(spec.filters)),
    afterSeconds: timeLimitMilliseconds(spec) / 1_000,
  };
}

const hiddenFilter = "(not shown: addresses are pseudonyms)";
