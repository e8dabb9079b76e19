import type { Constant } from "./literal.ts";

/** `192.0.2.1`, with `/24` where only the network is meant; null when it is no such address. */
export function parseAddress4(text: string): Constant | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return null;
  const parts = match.slice(1, 5).map(Number);
  const bits = match[5] === undefined ? null : Number(match[5]);
  if (parts.some((part) => part > 255) || (bits ?? 0) > 32) return null;
  return { value: parts.reduce((sum, part) => sum * 256 + part, 0), bits };
}

/** `2001:db8::1`, with `/32` where only the network is meant; null when it is no such address. */
export function parseAddress6(text: string): Constant | null {
  const [address = "", size, ...rest] = text.split("/");
  const bits = size === undefined ? null : Number(size);
  if (rest.length > 0 || (size !== undefined && !/^\d{1,3}$/.test(size)) || (bits ?? 0) > 128)
    return null;
  const value = bytes6(address);
  return value && { value, bits };
}

function bytes6(address: string): Uint8Array | null {
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map(groupsOf);
  const [head, tail] = groups;
  if (!head || tail === null) return null;
  const given = head.length + (tail?.length ?? 0);
  if (tail === undefined ? given !== 16 : given > 14) return null;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail ?? [], 16 - (tail?.length ?? 0));
  return bytes;
}

/** The bytes of groups between colons, of which the last may be an IPv4 address. */
function groupsOf(text: string): number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const last = index === groups.length - 1 ? parseAddress4(group) : null;
    if (last && last.bits === null) {
      const value = last.value as number;
      bytes.push(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else {
      return null;
    }
  }
  return bytes;
}
