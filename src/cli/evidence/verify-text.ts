import type { FileVerdict } from "../../evidence/check-file.ts";
import type { ManifestCheck } from "../../evidence/check-manifest.ts";
import type { CaptureManifest } from "../../evidence/manifest.ts";
import type { RemovedFile, VerifiedFile } from "./verify-files.ts";

const rangesShown = 5;

/** What was found out, for people. */
export function verifyText(check: ManifestCheck, files: readonly VerifiedFile[]): string {
  const lines = [manifestLine(check)];
  if ("manifest" in check) lines.push(...captureLines(check.manifest));
  const width = Math.max(0, ...files.map(({ name }) => name.length));
  for (const { name, wanted, verdict } of files) {
    lines.push(`${name.padEnd(width)}  ${verdictText(verdict, wanted)}`);
  }
  return `${lines.map(printable).join("\n")}\n`;
}

function manifestLine(check: ManifestCheck): string {
  switch (check.kind) {
    case "right": {
      const since = check.rotatedSince === null ? "" : `, in use until ${check.rotatedSince}`;
      return `manifest: right, signed ${check.manifest.signedAt} with key ${check.key.kid}${since}`;
    }
    case "altered":
      return `manifest: ALTERED: ${check.reason}`;
    case "unknownKey":
      return `manifest: signed with key ${check.keyId}, which is none of the trusted ones`;
    case "keyNotValid":
      return `manifest: signed ${check.manifest.signedAt}, when key ${check.key.kid} was not in use (${check.key.validFrom} to ${check.key.validUntil ?? "now"})`;
  }
}

function captureLines(manifest: CaptureManifest): string[] {
  const { captureId, host, alert, requestedBy, times, sequence } = manifest;
  const why = alert ? `alert ${alert.rule}, fired ${alert.firedTime}` : requestedBy.name;
  const stored =
    manifest.storedAsRecorded === false
      ? ["the stored file was not what the host recorded when this was signed"]
      : [];
  return [
    `capture: ${captureId}`,
    `host: ${host.name}; from ${times.started ?? "?"} to ${times.ended ?? "?"}; asked for by ${why}; number ${sequence} of its chain`,
    ...stored,
  ];
}

function verdictText(verdict: FileVerdict | RemovedFile, wanted: boolean): string {
  switch (verdict.kind) {
    case "removed":
      return `deleted by the control plane at ${verdict.time}: ${verdict.why}`;
    case "right":
      return "right";
    case "missing":
      return wanted ? "MISSING" : "not here";
    case "notTheOriginal":
      return `NOT THE ORIGINAL: ${verdict.what}; a cut, stripped or merged file is a new one`;
    case "altered": {
      const shown = verdict.ranges.slice(0, rangesShown).map(({ start, end }) => `${start}-${end}`);
      const more = verdict.ranges.length > rangesShown ? ", ..." : "";
      const where = shown.length === 0 ? "" : ` (bytes ${shown.join(", ")}${more})`;
      return `ALTERED: ${verdict.what}${where}`;
    }
  }
}

/** Names in a manifest are others' words: no control character of theirs reaches a terminal. */
const printable = (line: string): string => line.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
