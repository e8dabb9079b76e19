// Text protocols that refuse what begins with no printable character.
import type { Protocol } from "../registry.ts";
import type { StreamDissector } from "../transport/stream.ts";

function printable(name: string, port: number): Protocol {
  const stream: StreamDissector = {
    name,
    recognizes: () => false,
    dissect(frame, { bytes, at, end }) {
      const first = bytes[at] ?? 0;
      if (first < 32 || first > 126) return false;
      frame.enter(name, at, end, bytes);
      return true;
    },
  };
  return { name, tcpPorts: [port], stream };
}

export const acap = printable("acap", 674);
export const kismet = printable("kismet", 2501);
/** RFC 6120: what is no XML shows nothing. */
export const xmpp: Protocol = {
  name: "xmpp",
  tcpPorts: [5222],
  stream: {
    name: "xmpp",
    recognizes: () => false,
    dissect(frame, { bytes, at, end }) {
      const first = bytes[at] ?? 0;
      if (first >= 20 && first <= 23 && bytes[at + 1] === 3) return false;
      if (first === 60 || first === 32) frame.enter("xmpp", at, end, bytes);
      return true;
    },
  },
};
