import { uint32 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { StreamDissector } from "../transport/stream.ts";

const headerSizeBytes = 16;
const sizeMax = 65_536;
const responseBit = 0x80000000;
const commands: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113,
]);

/** SMPP 5.0, 3.2: a length, a known command, and no status in a request. */
function beginsMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < headerSizeBytes) return false;
  const size = uint32(bytes, at);
  const command = uint32(bytes, at + 4);
  const isResponse = command >= responseBit;
  return (
    size >= headerSizeBytes &&
    size <= sizeMax &&
    commands.has(isResponse ? command - responseBit : command) &&
    (isResponse ? uint32(bytes, at + 8) < sizeMax : command > 0 && uint32(bytes, at + 8) === 0)
  );
}

const messages = pduStream({
  name: "smpp",
  headerSizeBytes,
  size: (bytes, at) => uint32(bytes, at),
});

const stream: StreamDissector = { ...messages, recognizes: beginsMessage };

/** Short messages between centres and applications, on any port. */
export const smpp: Protocol = { name: "smpp", stream };
