import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packetCaptureRequest } from "../../src/arm/packet-capture.ts";

const target = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v";

test("takes what az sends, protocols in any case and what was answered before", () => {
  const { properties } = packetCaptureRequest.parse({
    properties: {
      target,
      storageLocation: { filePath: "/var/captures/a.cap" },
      filters: [{ protocol: "tcp", localPort: null, remotePort: "80;443;" }],
      provisioningState: "Succeeded",
    },
    id: "/x",
    name: "x",
    type: "Microsoft.Network/networkWatchers/packetCaptures",
    etag: 'W/"1"',
  });
  expect(properties).toMatchObject({
    timeLimitInSeconds: 18_000,
    totalBytesPerSession: 1_073_741_824,
    filters: [{ protocol: "TCP", remotePort: "80;443;" }],
  });
});

test("refuses a field that is not known, by its name", () => {
  const filePath = "/var/captures/a.cap";
  const properties = { target, storageLocation: { filePath } };
  for (const body of [
    { properties, tags: {} },
    { properties: { ...properties, timeLimitInSecond: 1 } },
    { properties: { ...properties, storageLocation: { filePath, storageID: "x" } } },
    { properties: { ...properties, filters: [{ remotePorts: "80" }] } },
    { properties: { ...properties, scope: { included: [] } } },
    { properties: { ...properties, captureSettings: { files: 1 }, continuousCapture: true } },
  ]) {
    const messages = packetCaptureRequest.safeParse(body).error?.issues.map((each) => each.message);
    expect(messages?.join()).toMatch(
      /"(tags|timeLimitInSecond|storageID|remotePorts|included|files)"/,
    );
  }
});

test("any JSON is either read or refused, never worse", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      packetCaptureRequest.safeParse(value);
      packetCaptureRequest.safeParse({ properties: { target, storageLocation: value } });
      packetCaptureRequest.safeParse({
        properties: { target, storageLocation: {}, filters: value },
      });
    }),
  );
});

test("a privacy policy is of a kind that there is, of one file or of several", () => {
  const storageLocation = { filePath: "/var/captures/a.cap" };
  const properties = { target, storageLocation, nightcapPrivacy: { kind: "headersOnly" } };
  expect(packetCaptureRequest.parse({ properties }).properties.nightcapPrivacy).toEqual({
    kind: "headersOnly",
    pseudonymise: false,
  });
  const several = { ...properties, continuousCapture: true };
  const storage = { storageLocation: { localPath: "/var/captures/a.cap" } };
  const ring = { properties: { ...several, ...storage } };
  expect(packetCaptureRequest.safeParse(ring).success).toBe(true);
  const lines = { kind: "keepNames", httpRequestLines: true };
  const kept = { ...properties, nightcapPrivacy: lines };
  expect(packetCaptureRequest.parse({ properties: kept }).properties.nightcapPrivacy).toEqual({
    ...lines,
    pseudonymise: false,
  });
  const ignored = { ...properties, nightcapPrivacy: { ...lines, kind: "headersOnly" } };
  expect(
    JSON.stringify(packetCaptureRequest.safeParse({ properties: ignored }).error?.issues),
  ).toMatch(/only allowed with kind keepNames/);
  const unknown = { ...properties, nightcapPrivacy: { kind: "most" } };
  expect(packetCaptureRequest.safeParse({ properties: unknown }).success).toBe(false);
});
