import { uint16In, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import { streamState } from "../transport/stream.ts";
import { interfaceName } from "./dcerpc-interfaces.ts";
import { isRpcPdu, rpcPduSize, RpcSession } from "./rpc-session.ts";

const sessionOf = streamState(() => new RpcSession());

const datagramHeaderSizeBytes = 80;
const lastPduType = 19;
const datagramType = { request: 0, response: 2 } as const;
const flag = { lastFragment: 0x02, fragment: 0x04 } as const;

/** C706, 12.5.2: a datagram's header has version 4 and flags of which some are always clear. */
function recognizesDatagram({ bytes, capturedEnd }: Frame, at: number): boolean {
  return (
    capturedEnd - at >= datagramHeaderSizeBytes &&
    bytes[at] === 4 &&
    (bytes[at + 1] ?? 0) <= lastPduType &&
    ((bytes[at + 2] ?? 0) & 0x80) === 0 &&
    ((bytes[at + 3] ?? 0) & 0xfc) === 0 &&
    ((bytes[at + 4] ?? 0) & 0xee) === 0 &&
    (bytes[at + 5] ?? 0) <= 3
  );
}

function dissectDatagram(frame: Frame, at: number): void {
  const { bytes } = frame;
  frame.enter("dcerpc", at);
  const type = bytes[at + 1];
  if (type !== datagramType.request && type !== datagramType.response) return;
  const flags = bytes[at + 2] ?? 0;
  if (flags & flag.fragment) {
    if (!(flags & flag.lastFragment)) return;
    frame.enter("dcerpc.fragments", at);
  }
  const little = ((bytes[at + 4] ?? 0) & 0x10) !== 0;
  const version = uint32In(bytes, at + 60, little) & 0xffff;
  const name = interfaceName(bytes, at + 24, { version, little });
  if (name !== null && uint16In(bytes, at + 74, little) > 0)
    frame.enter(name, at + datagramHeaderSizeBytes);
}

/** C706, 12.4 to 12.6: recognized by its header alone, since its ports are given out at run time. */
export const dcerpc: Protocol = {
  name: "dcerpc",
  stream: {
    ...pduStream({
      name: "dcerpc",
      headerSizeBytes: 16,
      size: rpcPduSize,
      accepts: isRpcPdu,
      enter(frame, bytes, at, end) {
        if (isRpcPdu(bytes, at, end)) sessionOf(frame.piece).dissect(frame, bytes, at, end);
      },
    }),
    recognizes: isRpcPdu,
  },
  recognizesDatagram,
  dissect: dissectDatagram,
};
