import type { CaptureManifest } from "../../src/evidence/manifest.ts";

export const sessionId = "0b1c2d3e-0000-4000-8000-000000000001";

/** A manifest of one capture file, to be signed. */
export const sample = (change: Partial<CaptureManifest> = {}): Omit<CaptureManifest, "keyId"> => ({
  version: 1,
  sequence: 2,
  previousSha256: "a".repeat(64),
  signedAt: "2026-11-21T10:00:00.000Z",
  captureId: "/subscriptions/s/packetCaptures/night",
  sessionId,
  host: { id: "h", resourceId: "/vm", name: "web", kernelRelease: "6.1", recorderVersion: null },
  requestedBy: { id: "p", name: "responder" },
  alert: { rule: "much out", firedTime: "2026-11-21T09:58:00.000Z", severity: 1 },
  incidentId: "incident-1",
  times: {
    created: "2026-11-21T09:58:01.000Z",
    started: "2026-11-21T09:58:02.000Z",
    ended: "2026-11-21T09:59:02.000Z",
  },
  stopReason: "TimeExceeded",
  interfaces: ["eth0"],
  filter: "TCP",
  limits: { bytesToCapturePerPacket: 0, totalBytesPerSession: 0, timeLimitInSeconds: 60 },
  packets: 10,
  packetsDropped: 0,
  coverage: { got: { beforeSeconds: 60.5 } },
  privacy: null,
  storedAsRecorded: true,
  overwrittenFileCount: 0,
  blockSizeBytes: 65_536,
  files: [
    {
      name: "a.cap",
      role: "capture",
      sizeBytes: 3,
      sha256: "b".repeat(64),
      uploadedPath: "https://127.0.0.1/a.cap",
      blocks: ["A".repeat(43)],
    },
  ],
  accessLog: { sequence: 7, sha256: "c".repeat(64) },
  ...change,
});
