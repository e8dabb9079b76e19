import { uint16In } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";

const messageCountMax = 64;
const message = { reply: 1, forward: 2 };

/** Ethernet's configuration test (DIX Ethernet 2.0, 8): messages to forward, then a reply, then data. */
export const loopbackTest: Protocol = {
  name: "loop",
  etherTypes: [0x9000],
  dissect(frame, at) {
    frame.enter("loop", at);
    let next = at + 2;
    for (let count = 0; count < messageCountMax; count++) {
      if (!frame.has(next, 2)) return;
      const type = uint16In(frame.bytes, next, true);
      next += type === message.forward ? 8 : type === message.reply ? 4 : 2;
      if (type !== message.forward) break;
    }
    frame.data(next);
  },
};
