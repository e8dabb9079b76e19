/** An address or a network, as its bits. */
export interface Network {
  version: 4 | 6;
  bits: bigint;
  prefixLength: number;
}

/** Reads `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`; null when it is none of these. */
export function parseNetwork(text: string): Network | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if (!parsed || rest.length > 0) return null;
  const width = parsed.version === 4 ? 32 : 128;
  if (prefix === undefined) return { ...parsed, prefixLength: width };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width) return null;
  return { ...parsed, prefixLength: Number(prefix) };
}

export function parseAddress(text: string): { version: 4 | 6; bits: bigint } | null {
  const four = parseIpv4(text);
  if (four !== null) return { version: 4, bits: four };
  const six = parseIpv6(text);
  return six === null ? null : { version: 6, bits: six };
}

export function contains({ version, bits, prefixLength }: Network, address: Network): boolean {
  if (version !== address.version) return false;
  const shift = BigInt((version === 4 ? 32 : 128) - prefixLength);
  return bits >> shift === address.bits >> shift;
}

function parseIpv4(text: string): bigint | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!found) return null;
  const octets = found.slice(1).map(Number);
  if (octets.some((octet) => octet > 255)) return null;
  return octets.reduce((bits, octet) => bits * 256n + BigInt(octet), 0n);
}

/** RFC 4291, 2.2. */
function parseIpv6(text: string): bigint | null {
  const last = text.slice(text.lastIndexOf(":") + 1);
  const four = last.includes(".") ? parseIpv4(last) : null;
  if (last.includes(".") && four === null) return null;
  const plain =
    four === null
      ? text
      : `${text.slice(0, -last.length)}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`;
  const halves = plain.split("::");
  if (halves.length > 2 || !plain.includes(":")) return null;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = groups.flat();
  if (given.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  const missing = 8 - given.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const zeros = halves.length === 2 ? Array.from({ length: missing }, () => "0") : [];
  const all = [...(groups[0] ?? []), ...zeros, ...(groups[1] ?? [])];
  return all.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n);
}
