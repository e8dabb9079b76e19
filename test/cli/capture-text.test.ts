import { expect, test } from "vitest";
import { packetCapture } from "../../src/cli/capture-resources.ts";
import { describeCapture } from "../../src/cli/capture-text.ts";

test("a capture with a policy says what stayed, and what its file was made from", () => {
  const capture = packetCapture.parse({
    id: "/captures/night",
    name: "night",
    properties: {
      provisioningState: "Succeeded",
      target: "/virtualMachines/web",
      storageLocation: {},
      nightcap: {
        sessionId: "s",
        privacy: {
          kind: "keepNames",
          pseudonymise: true,
          httpRequestLines: true,
          derivedFrom: {
            version: 1,
            keyId: "0123456789abcdef",
            packets: 10,
            packetBytes: 9_000,
            packetsEmptied: 2,
          },
        },
      },
    },
  });
  const text = describeCapture(capture, { packetCaptureStatus: "Stopped" });
  expect(text.split("\n").slice(-2)).toEqual([
    "  privacy  keepNames: headers, DNS messages, HTTP request lines and the hellos of TLS and QUIC only; addresses are pseudonyms",
    "  made of  10 packets of 9000 bytes, 2 of them emptied, by version 1 of the policy, key 0123456789abcdef",
  ]);
});
