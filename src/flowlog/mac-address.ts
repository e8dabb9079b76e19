/** A MAC address as twelve upper-case hexadecimal digits; null when the text is none. */
export function macAddressOf(text: string): string | null {
  const digits = text.replaceAll(/[:.-]/g, "").toUpperCase();
  return /^[0-9A-F]{12}$/.test(digits) ? digits : null;
}
