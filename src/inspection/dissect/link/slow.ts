import { leaf } from "../leaf.ts";
import type { Protocol } from "../registry.ts";

/** IEEE 802.3, annex 57A: subtypes of the slow protocols. */
const subtypes = new Map([
  [1, "lacp"],
  [2, "marker"],
  [3, "oampdu"],
  [10, "ossp"],
]);

export const slow: Protocol = {
  name: "slow",
  etherTypes: [0x8809],
  dissect(frame, at) {
    frame.enter("slow", at);
    if (!frame.has(at, 1)) return;
    const name = subtypes.get(frame.bytes[at] ?? 0);
    if (name === undefined) frame.data(at + 1);
    else frame.enter(name, at + 1);
  },
};

export const lacp = leaf("lacp", { etherTypes: [0x8103] });
