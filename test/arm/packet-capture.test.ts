import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packetCaptureRequest } from "../../src/arm/packet-capture.ts";

const target = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v";

test("takes what az sends, protocols in any case and unknown fields", () => {
  const { properties } = packetCaptureRequest.parse({
    properties: {
      target,
      storageLocation: { filePath: "/var/captures/a.cap" },
      filters: [{ protocol: "tcp", localPort: null, remotePort: "80;443;" }],
      somethingNew: 1,
    },
  });
  expect(properties).toMatchObject({
    timeLimitInSeconds: 18_000,
    totalBytesPerSession: 1_073_741_824,
    filters: [{ protocol: "TCP", remotePort: "80;443;" }],
  });
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
