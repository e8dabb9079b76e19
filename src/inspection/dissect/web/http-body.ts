import type { HttpHead } from "./http-head.ts";

/** Wireshark's names for what is in a body, by media type. */
const byMediaType: Readonly<Record<string, string>> = {
  "application/json": "json",
  "application/x-www-form-urlencoded": "urlencoded-form",
  "application/ocsp-request": "ocsp",
  "application/ocsp-response": "ocsp",
  "application/javascript": "data-text-lines",
  "application/x-javascript": "data-text-lines",
  "image/gif": "image-gif",
  "application/octet-stream": "data",
  "image/png": "png",
  "application/xml": "xml",
  "text/xml": "xml",
  "application/soap+xml": "xml",
  "application/xhtml+xml": "xml",
  "image/svg+xml": "xml",
};

function isPhotograph(media: string): boolean {
  return media === "image/jpeg" || media === "image/jpg";
}

/** Start of image, then the application marker of JFIF. */
function isJfif(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && bytes[at + 1] === 0xd8 && bytes[at + 2] === 0xff;
}

/** The protocol that a body shows as; null for none. */
export function bodyProtocol(
  { contentType, contentEncoding, end }: HttpHead,
  bytes: Uint8Array,
): string | null {
  const media = contentType.split(";")[0]?.trim() ?? "";
  // What cannot be decoded stays inside HTTP.
  if (!/^(?:|(?:x-)?gzip|(?:x-)?deflate|identity|br)$/.test(contentEncoding)) return null;
  if (media === "") return null;
  if (isPhotograph(media)) return isJfif(bytes, end) ? "image-jfif" : "media";
  const known = byMediaType[media];
  if (known !== undefined) return known;
  if (media.startsWith("text/")) return "data-text-lines";
  if (media.startsWith("multipart/")) return "mime_multipart";
  return "media";
}
