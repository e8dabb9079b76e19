import { describeFilter } from "../../arm/capture-filter.ts";
import { isoTime } from "../../common/clock.ts";
import { type CaptureManifest, manifestVersion } from "../../evidence/manifest.ts";
import { appliedPrivacy } from "../../provider/captures/capture-privacy.ts";
import type { CaptureSession } from "../../provider/captures/capture-session.ts";
import { machineRecords } from "../../provider/compute/machines.ts";
import type { FiredAlert } from "../../report/report-input.ts";
import type { State } from "../../state/state.ts";

/** What a manifest says of a session, besides its files, its place in the chain and its signature. */
export type ManifestFacts = Omit<
  CaptureManifest,
  "sequence" | "previousSha256" | "keyId" | "signedAt" | "blockSizeBytes" | "files" | "accessLog"
>;

export async function describeManifest(
  session: CaptureSession,
  {
    state,
    alert,
    incidentId,
  }: { state: State; alert: FiredAlert | null; incidentId: string | null },
): Promise<ManifestFacts> {
  const { spec, observed, result, captureId } = session;
  const { bytesToCapturePerPacket, totalBytesPerSession, timeLimitInSeconds } = spec;
  return {
    version: manifestVersion,
    captureId,
    sessionId: spec.sessionId,
    host: await describeHost(session, state),
    requestedBy: { id: session.createdBy.id, name: session.createdBy.name },
    alert: alert && { rule: alert.rule, firedTime: alert.firedTime, severity: alert.severity },
    incidentId,
    times: {
      created: isoTime(session.createdAt),
      started: observed?.captureStartTime ?? null,
      ended: observed?.captureEndTime ?? null,
    },
    stopReason: observed?.stopReason ?? null,
    interfaces: spec.interfaces,
    filter: spec.filters.map(describeFilter).join(" or ").slice(0, filterLengthMax),
    limits: { bytesToCapturePerPacket, totalBytesPerSession, timeLimitInSeconds },
    packets: observed?.packets ?? 0,
    packetsDropped: observed?.packetsDropped ?? 0,
    coverage: asJson(observed?.coverage),
    privacy: asJson(appliedPrivacy(session)),
    storedAsRecorded: result?.sha256Verified ?? null,
    overwrittenFileCount: observed?.files?.overwrittenCount ?? 0,
  };
}

const filterLengthMax = 8_192;

async function describeHost(
  { hostId, targetId, instanceId }: CaptureSession,
  state: State,
): Promise<CaptureManifest["host"]> {
  const facts = (await machineRecords(state).get(targetId.toLowerCase()))?.body.facts;
  return {
    id: hostId,
    resourceId: targetId,
    name: facts?.hostName ?? instanceId ?? targetId.split("/").at(-1) ?? "",
    kernelRelease: facts?.kernelRelease ?? null,
    recorderVersion: facts?.dumpcapVersion ?? null,
  };
}

/** As it would be written: without what is `undefined`. */
const asJson = (value: unknown): CaptureManifest["coverage"] =>
  value === undefined || value === null
    ? null
    : (JSON.parse(JSON.stringify(value)) as CaptureManifest["coverage"]);
