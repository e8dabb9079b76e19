/** The first and the last address of "10.0.0.0/8" or of a single address, as numbers; null when it is none. */
export function ipv4RangeOf(
  text: string,
): { readonly first: number; readonly last: number } | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim());
  if (!match) return null;
  const bytes = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (bytes.some((byte) => byte > 255) || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const address = bytes.reduce((number, byte) => number * 256 + byte, 0);
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}
