import { basename } from "node:path";
import { privacyText, privacyTextBegin } from "../inspection/tools/privacy/privacy-policy.ts";
import type { CaptureStatusAnswer, PacketCapture } from "./capture-resources.ts";

type Details = NonNullable<PacketCapture["properties"]["nightcap"]>;

/** A packet capture and how it stands, for people. */
export function describeCapture(
  { name, properties }: PacketCapture,
  status: CaptureStatusAnswer,
): string {
  const { nightcap, storageLocation, continuousCapture, captureSettings } = properties;
  const onHost = storageLocation.filePath ?? storageLocation.localPath;
  const lines = [
    `${name}: ${status.packetCaptureStatus}${status.stopReason ? ` (${status.stopReason})` : ""}`,
    `  ${properties.targetType === "AzureVMSS" ? "set    " : "host   "}  ${basename(properties.target)}`,
    ...(captureSettings
      ? [`  files    ${describeSettings(continuousCapture === true, captureSettings)}`]
      : []),
    ...(status.captureStartTime ? [`  started  ${status.captureStartTime}`] : []),
    ...(storageLocation.storagePath ? [`  stored   ${storageLocation.storagePath}`] : []),
    ...(onHost ? [`  on host  ${onHost}`] : []),
    ...(nightcap ? detailLines(nightcap) : []),
    ...(nightcap?.members ?? []).flatMap(memberLines),
  ];
  return lines.join("\n");
}

function memberLines(member: NonNullable<Details["members"]>[number]): string[] {
  const { instanceId, packetCaptureStatus, stopReason, storagePath } = member;
  const details = detailLines({ ...member, errors: [], groupReports: [] }).map(
    (line) => `  ${line}`,
  );
  return [
    `  ${instanceId}: ${packetCaptureStatus}${stopReason ? ` (${stopReason})` : ""}`,
    ...(storagePath ? [`    stored   ${storagePath}`] : []),
    ...details,
  ];
}

/** A packet capture in one line of a list. */
export function captureLine({ name, properties }: PacketCapture): string {
  const { phase, packets } = properties.nightcap ?? {};
  const count = packets == null ? "" : `${packets} packets`;
  return [
    name.padEnd(40),
    (phase ?? properties.provisioningState).padEnd(12),
    basename(properties.target).padEnd(20),
    count,
  ].join(" ");
}

function describeSettings(
  isRing: boolean,
  settings: NonNullable<PacketCapture["properties"]["captureSettings"]>,
): string {
  const { fileCount, fileSizeInBytes, sessionTimeLimitInSeconds } = settings;
  const kind = isRing ? "ring of" : "up to";
  return `${kind} ${fileCount} of ${fileSizeInBytes} bytes, ${sessionTimeLimitInSeconds} s at most`;
}

function detailLines(details: Omit<Details, "sessionId" | "members">): string[] {
  const { packets, packetsDropped, sha256, errors, problem, report, files } = details;
  return [
    ...(packets == null ? [] : [`  packets  ${packets}, dropped ${packetsDropped ?? 0}`]),
    ...(sha256 ? [`  sha256   ${sha256}`] : []),
    ...(files ? [`  kept     ${files.count} files, ${files.overwrittenCount} overwritten`] : []),
    ...(files?.newest ?? []).map(
      ({ name, sizeBytes, sha256: hash }) => `    ${name}  ${sizeBytes} bytes  sha256 ${hash}`,
    ),
    ...storageLines(details),
    ...coverageLines(details.coverage),
    ...ownersLines(details.sideFiles),
    ...privacyLines(details.privacy),
    ...(errors ?? []).map(({ code, message }) => `  error    ${code}: ${message}`),
    ...(problem ? [`  problem  ${problem}`] : []),
    ...(details.groupReports ?? []).map(({ title, link }) => `  together ${title}: ${link}`),
    ...(report ? [`  report   ${report.path ?? report.link}`, "", report.text] : []),
  ];
}

function storageLines({
  class: kept,
  hold,
  removed,
}: Omit<Details, "sessionId" | "members">): string[] {
  return [
    ...(kept ? [`  class    ${kept}`] : []),
    ...(hold ? [`  held     since ${hold.time} by ${hold.by}: ${hold.reason}`] : []),
    ...(removed ? [`  deleted  ${removed.time}: ${removed.detail}`] : []),
  ];
}

function ownersLines(sideFiles: Details["sideFiles"]): string[] {
  const owners = sideFiles?.find(({ kind }) => kind === "owners");
  const place = owners?.storagePath ?? owners?.filePath;
  return place ? [`  owners   ${place}`] : [];
}

function privacyLines(privacy: Details["privacy"]): string[] {
  if (!privacy) return [];
  const { derivedFrom: from } = privacy;
  const lines = [`  privacy  ${privacyText(privacy).slice(privacyTextBegin.length)}`];
  if (!from) return lines;
  const key = from.keyId === null ? "" : `, key ${from.keyId}`;
  const emptied = from.packetsEmptied === 0 ? "" : `, ${from.packetsEmptied} of them emptied`;
  const what = `${from.packets} packets of ${from.packetBytes} bytes${emptied}`;
  return [...lines, `  made of  ${what}, by version ${from.version} of the policy${key}`];
}

function coverageLines(coverage: Details["coverage"]): string[] {
  if (!coverage) return [];
  const { asked, got, moment, warnings } = coverage;
  const before = `${got.beforeSeconds} of ${asked.beforeSeconds} s before ${moment}`;
  return [
    ...(asked.beforeSeconds > 0 ? [`  covered  ${before}, ${got.afterSeconds} s after`] : []),
    ...warnings.map(({ code, message }) => `  warning  ${code}: ${message}`),
  ];
}
