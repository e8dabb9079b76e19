import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const unitData = 0;

/** 3GPP TS 48.016: between a base station and its support node; unit data carries BSSGP. */
export const gprsNetworkService: Protocol = {
  name: "gprs-ns",
  udpPorts: [2157, 19_999],
  dissect(frame, at) {
    frame.enter("gprs-ns", at);
    if (frame.bytes[at] === unitData && at + headerSizeBytes < frame.capturedEnd)
      frame.enter("bssgp", at + headerSizeBytes);
  },
};
