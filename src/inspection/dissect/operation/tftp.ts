import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const opcode = { read: 1, write: 2, data: 3, optionAcknowledgement: 6 };
const dataHeaderSizeBytes = 4;
const nameSizeMax = 512;

/** RFC 1350: a request to port 69 is answered from another port, so that its sender's port tells the rest. */
function dissect(frame: Frame, at: number): void {
  frame.enter("tftp", at);
  const { bytes, capturedEnd, ends, expectations } = frame;
  const code = uint16(bytes, at);
  const next = at + dataHeaderSizeBytes;
  if (code === opcode.read || code === opcode.write)
    expectations.expectDatagrams(ends.source, ends.sourcePort, dissect);
  else if (code === opcode.data && next < capturedEnd) frame.enter("data", next);
}

/** A request is two texts, each with an end: the file's name and one of two modes. */
function isRequest({ bytes, capturedEnd }: Frame, at: number): boolean {
  const code = uint16(bytes, at);
  if (code !== opcode.read && code !== opcode.write) return false;
  const nameEnd = bytes.indexOf(0, at + 2);
  if (nameEnd < at + 3 || nameEnd > Math.min(capturedEnd, at + nameSizeMax)) return false;
  const modeEnd = bytes.indexOf(0, nameEnd + 1);
  return modeEnd > nameEnd + 4 && modeEnd < capturedEnd && modeEnd < nameEnd + 10;
}

export const tftp: Protocol = {
  name: "tftp",
  udpPorts: [69],
  dissect,
  recognizesDatagram: isRequest,
};
