// Names protocols that people look for, in streams that no dissector knows, by what they begin with.

const peekSizeMax = 256;
const decoder = new TextDecoder("latin1");

/** What a stream's first payload shows; null when it is none of these. */
export function contentProtocol(bytes: Uint8Array, at: number, end: number): string | null {
  const first = bytes[at] ?? 0;
  // Most payloads begin with something else, and cost one comparison.
  if (first !== 0x13 && first !== 0x7b && (first < 0x3a || first > 0x5a)) return null;
  const text = decoder.decode(bytes.subarray(at, Math.min(end, at + peekSizeMax)));
  // BEP 3: the handshake.
  if (text.startsWith("\x13BitTorrent protocol")) return "bittorrent";
  if (isStratum(text)) return "stratum";
  // RFC 2812, 3.1: how a client registers.
  if (
    /^(?:PASS \S+\r?\n|CAP LS[^\r\n]*\r?\n)?(?:NICK \S+\r?\n|USER \S+ \S+ \S+ :?[^\r\n]*\r?\n)/.test(
      text,
    )
  )
    return "irc";
  return null;
}

/** Mining pools speak JSON, a call a line: `mining.` for most, `login` with an agent for Monero's. */
const isStratum = (text: string): boolean =>
  text.startsWith("{") &&
  (/"method"\s*:\s*"(?:mining\.\w+|eth_submitLogin|eth_getWork|eth_submitWork)"/.test(text) ||
    (/"method"\s*:\s*"login"/.test(text) && /"(?:agent|algo|rigid)"\s*:/.test(text)));
