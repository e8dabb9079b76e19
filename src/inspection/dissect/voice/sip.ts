import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const beginSizeMax = 16;
const begins =
  /^(?:SIP\/2\.0 |(?:INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE) )/;
const headSizeMax = 16_384;
const decoder = new TextDecoder("latin1");

const beginOf = ({ bytes, capturedEnd }: Frame, at: number): string =>
  decoder.decode(bytes.subarray(at, Math.min(capturedEnd, at + beginSizeMax)));

/** Three capital letters: most datagrams end here, without a text being made of them. */
function mayBegin({ bytes }: Frame, at: number): boolean {
  for (let index = at; index < at + 3; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < 65 || byte > 90) return false;
  }
  return true;
}

/** RFC 3261; a session description shows below it. */
function dissect(frame: Frame, at: number): void {
  if (!begins.test(beginOf(frame, at))) {
    frame.data(at);
    return;
  }
  frame.enter("sip", at);
  const end = Math.min(frame.capturedEnd, at + headSizeMax);
  const text = decoder.decode(frame.bytes.subarray(at, end));
  const blank = text.indexOf("\r\n\r\n");
  const hasBody = blank >= 0 && blank + 4 < text.length;
  if (hasBody && /^(?:content-type|c)\s*:\s*application\/sdp/im.test(text.slice(0, blank + 2)))
    frame.enter("sdp", at + blank + 4);
}

export const sip: Protocol = {
  name: "sip",
  udpPorts: [5060],
  dissect,
  recognizesDatagram: (frame, at) => mayBegin(frame, at) && begins.test(beginOf(frame, at)),
};
