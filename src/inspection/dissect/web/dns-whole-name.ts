import { uint16 } from "../../file/bytes.ts";

/** The message that a name is part of; names point back into it. */
export interface DnsBytes {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export interface DnsName {
  /** With dots; the root's is `<Root>`. */
  text: string;
  labelCount: number;
  /** Where it ends in the message. */
  next: number;
}

const stepCountMax = 256;
const textLengthMax = 1_024;
const pointerBits = 0xc0;

/** RFC 1035, 4.1.4; null when the name leaves the message or runs in circles. */
export function readName({ bytes, start, end }: DnsBytes, first: number): DnsName | null {
  const labels: string[] = [];
  let next = -1;
  let length = 0;
  let at = first;
  for (let step = 0; step < stepCountMax && at < end && length < textLengthMax; step++) {
    const size = bytes[at] ?? 0;
    if (size === 0) return named(labels, next < 0 ? at + 1 : next);
    if ((size & pointerBits) === pointerBits) {
      if (at + 2 > end) return null;
      if (next < 0) next = at + 2;
      at = start + (uint16(bytes, at) & 0x3fff);
      continue;
    }
    if (size > 63 || at + 1 + size > end) return null;
    labels.push(labelText(bytes.subarray(at + 1, at + 1 + size)));
    length += size + 1;
    at += 1 + size;
  }
  return null;
}

function named(labels: readonly string[], next: number): DnsName {
  const text = labels.length === 0 ? "<Root>" : labels.join(".");
  return { text, labelCount: Math.max(1, labels.length), next };
}

const decoder = new TextDecoder();

function labelText(label: Uint8Array): string {
  return decoder.decode(label);
}
