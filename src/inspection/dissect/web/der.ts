// DER, the encoding of certificates (X.690): nested elements of a tag, a length and a content.

/** One element: its content is at `start` to `end`, and it begins at `at`. */
export interface DerElement {
  tag: number;
  at: number;
  start: number;
  end: number;
}

const lengthSizeMax = 4;
const childCountMax = 1_024;

/** The element at `at`; null when it does not end by `end`. Tags of several bytes do not occur here. */
export function readDer(bytes: Uint8Array, at: number, end: number): DerElement | null {
  if (at + 2 > end) return null;
  const first = bytes[at + 1] ?? 0;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > lengthSizeMax) return null;
    length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + (bytes[start++] ?? 0);
  }
  return start + length <= end ? { tag: bytes[at] ?? 0, at, start, end: start + length } : null;
}

/** The elements inside another one, up to the first that is damaged. */
export function derChildren(bytes: Uint8Array, { start, end }: DerElement): DerElement[] {
  const children: DerElement[] = [];
  for (let at = start; at < end && children.length < childCountMax;) {
    const child = readDer(bytes, at, end);
    if (!child) break;
    children.push(child);
    at = child.end;
  }
  return children;
}

const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1");
const utf16 = new TextDecoder("utf-16be");
const bmpStringTag = 30;
const utf8StringTag = 12;

/** The text of a string element, whatever its kind, without control characters. */
export function derText(bytes: Uint8Array, { tag, start, end }: DerElement, sizeMax = 256): string {
  const decoder = tag === utf8StringTag ? utf8 : tag === bmpStringTag ? utf16 : latin1;
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + sizeMax)));
  return text.replaceAll(/\p{Cc}/gu, "?");
}

const generalizedTimeTag = 24;

/** Seconds since the epoch of a UTCTime or GeneralizedTime (RFC 5280, 4.1.2.5); null when it is none. */
export function derTime(bytes: Uint8Array, element: DerElement): number | null {
  const text = derText(bytes, element);
  const digits = element.tag === generalizedTimeTag ? 4 : 2;
  const parts = new RegExp(`^(\\d{${digits}})(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)?Z$`).exec(
    text,
  );
  if (!parts) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const century = digits === 4 ? 0 : year < 50 ? 2_000 : 1_900;
  const time = new Date(0);
  time.setUTCFullYear(century + year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  return time.getTime() / 1_000;
}
