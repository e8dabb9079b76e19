import { uint32, uint32In } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { StreamDissector } from "../transport/stream.ts";

const headerSizeBytes = 24;
/** The main network and those for tests. */
const networks: ReadonlySet<number> = new Set([0xf9beb4d9, 0x0b110907, 0xfabfb5da]);

const beginsMessage = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= 4 && networks.has(uint32(bytes, at));

const messages = pduStream({
  name: "bitcoin",
  headerSizeBytes,
  size: (bytes, at) => uint32In(bytes, at + 16, true) + headerSizeBytes,
});

const stream: StreamDissector = { ...messages, recognizes: beginsMessage };

/** Messages of Bitcoin's network: the network's number, a command, a length. */
export const bitcoin: Protocol = { name: "bitcoin", stream };
