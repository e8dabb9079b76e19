/** What dumpcap says on standard error under `-Z none` (Wireshark's sync_pipe protocol), and other text. */
export type DumpcapMessage =
  /** A file was opened: packets are recorded from here on. */
  | { type: "file"; path: string }
  /** Packets since the last such message. */
  | { type: "packets"; count: number }
  | { type: "drops"; count: number; interfaceName: string }
  | { type: "error"; message: string }
  | { type: "badFilter"; message: string }
  | { type: "text"; text: string };

/** Bytes of one message or line; a longer line is cut into several. */
const messageBytesMax = 65_536;
const headerBytes = 4;
/** F file, P packets, D drops, E error, B bad filter; S, T and I are read over (sync_pipe.h). */
const messageTypes = new Set(Buffer.from("FPDEBSTI"));
const newline = 10;

export interface DumpcapMessageParser {
  push(chunk: Uint8Array): DumpcapMessage[];
  /** What is left at the end of the stream, as text. */
  end(): DumpcapMessage[];
}

/** A parser that holds at most one message; it never throws, whatever the bytes. */
export function createDumpcapMessageParser(): DumpcapMessageParser {
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const messages: DumpcapMessage[] = [];
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const part = takePart(pending);
        if (!part) break;
        pending = pending.subarray(part.sizeBytes);
        if (part.message) messages.push(part.message);
      }
      return messages;
    },
    end() {
      const text = cleanText(pending);
      pending = Buffer.alloc(0);
      return text === "" ? [] : [{ type: "text", text }];
    },
  };
}

interface Part {
  sizeBytes: number;
  message: DumpcapMessage | null;
}

/** The first whole message or line; null when more bytes are needed. */
function takePart(bytes: Buffer): Part | null {
  const type = bytes[0];
  if (type === undefined) return null;
  if (!messageTypes.has(type)) return takeLine(bytes);
  if (bytes.length < headerBytes) return bytes.includes(newline) ? takeLine(bytes) : null;
  const length = bytes.readUIntBE(1, 3);
  if (length > messageBytesMax) return takeLine(bytes);
  const sizeBytes = headerBytes + length;
  if (bytes.length < sizeBytes) return null;
  const body = bytes.subarray(headerBytes, sizeBytes);
  return { sizeBytes, message: readMessage(String.fromCharCode(type), body) };
}

function takeLine(bytes: Buffer): Part | null {
  const end = bytes.indexOf(newline);
  if (end < 0 && bytes.length < messageBytesMax) return null;
  const sizeBytes = end < 0 ? messageBytesMax : end + 1;
  const text = cleanText(bytes.subarray(0, sizeBytes));
  return { sizeBytes, message: text === "" ? null : { type: "text", text } };
}

function readMessage(type: string, body: Buffer): DumpcapMessage | null {
  const text = cleanText(body);
  switch (type) {
    case "F":
      return { type: "file", path: text };
    case "P":
      return { type: "packets", count: readCount(text) };
    case "D": {
      const [count = "", ...name] = text.split(":");
      return { type: "drops", count: readCount(count), interfaceName: name.join(":") };
    }
    case "E":
      return { type: "error", message: readError(body) };
    case "B":
      return { type: "badFilter", message: text.replace(/^\d+:/, "") };
    default:
      return null;
  }
}

/** An error holds two messages of its own, the text and an explanation that may be empty. */
function readError(body: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at + headerBytes <= body.length;) {
    const length = body.readUIntBE(at + 1, 3);
    if (body[at] !== 0x45 || at + headerBytes + length > body.length) return cleanText(body);
    texts.push(cleanText(body.subarray(at + headerBytes, at + headerBytes + length)));
    at += headerBytes + length;
  }
  return texts.filter((text) => text !== "").join("; ") || cleanText(body);
}

function readCount(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** One line without control characters. */
function cleanText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("utf8")
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
}
