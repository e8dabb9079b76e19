const lineSizeMax = 8_192;
const space = 0x20;
const hidden = 0x78; // x

/** Of RFC 9110, 9.3, RFC 5789 and RFC 4918, each with the space behind it. */
const methods: readonly Uint8Array[] =
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK"
    .split(" ")
    .map((method) => Uint8Array.from(`${method} `, (letter) => letter.charCodeAt(0)));

/** ` HTTP/1.1` and the end of the line, with either minor version. */
const version = Uint8Array.from(" HTTP/1.", (letter) => letter.charCodeAt(0));
const versionSizeBytes = version.length + 3;

/**
 * Where the request line ends that lies whole from `at` on (RFC 9112, 3); `at` when there is none. A
 * query, and what stands before an `@`, may be a secret and becomes `x`; with `hidesAddresses` so does
 * every digit and what stands in brackets.
 */
export function endOfRequestLine(
  bytes: Uint8Array,
  at: number,
  end: number,
  hidesAddresses: boolean,
): number {
  const method = methods.find((each) => startsWith(bytes, at, end, each));
  if (!method) return at;
  const target = at + method.length;
  const targetEnd = endOfTarget(bytes, target, Math.min(end, at + lineSizeMax));
  if (targetEnd === target || !isVersion(bytes, targetEnd, end)) return at;
  hideSecrets(bytes, target, targetEnd);
  if (hidesAddresses) hideAddresses(bytes, target, targetEnd);
  return targetEnd + versionSizeBytes;
}

/** Visible letters only, without a space. */
function endOfTarget(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] ?? 0) > space && (bytes[at] ?? 0) < 0x7f) at++;
  return at;
}

function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  if (!startsWith(bytes, at, end, version) || at + versionSizeBytes > end) return false;
  const minor = bytes[at + version.length];
  const isEnd = bytes[at + version.length + 1] === 0x0d && bytes[at + version.length + 2] === 0x0a;
  return isEnd && (minor === 0x30 || minor === 0x31);
}

/** The query (RFC 3986, 3.4), and names and passwords before a host (3.2.1). */
function hideSecrets(bytes: Uint8Array, from: number, end: number): void {
  const query = bytes.subarray(from, end).indexOf(0x3f);
  if (query >= 0) bytes.fill(hidden, from + query + 1, end);
  const pathEnd = query < 0 ? end : from + query;
  let segment = from;
  for (let at = from; at < pathEnd; at++) {
    if (bytes[at] === 0x2f) segment = at + 1;
    // Also where the path has one: an address of mail is a name of somebody.
    else if (bytes[at] === 0x40) bytes.fill(hidden, segment, at);
  }
}

function hideAddresses(bytes: Uint8Array, from: number, end: number): void {
  let isBracket = false;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x5b) isBracket = true;
    else if (byte === 0x5d) isBracket = false;
    else if (isBracket || (byte >= 0x30 && byte <= 0x39)) bytes[at] = hidden;
  }
}

function startsWith(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): boolean {
  return at + wanted.length <= end && wanted.every((byte, index) => bytes[at + index] === byte);
}
