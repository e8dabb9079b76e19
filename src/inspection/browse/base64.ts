/** Bytes made into characters at once: more would be too many arguments of a call. */
const pieceSizeBytes = 8_192;

/** RFC 4648, 4. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceSizeBytes)
    text += String.fromCharCode(...bytes.subarray(at, at + pieceSizeBytes));
  return btoa(text);
}
