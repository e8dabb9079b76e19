/** Bytes of an answer's base64. */
export const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0);

export const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");

/** What can be printed of ASCII; a dot stands for all else. */
export const asciiOf = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : ".";
