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
  "image/jpeg": "image-jfif",
  "image/jpg": "image-jfif",
  "image/png": "png",
  "application/xml": "xml",
  "text/xml": "xml",
  "application/soap+xml": "xml",
  "application/xhtml+xml": "xml",
  "image/svg+xml": "xml",
};

/** The protocol that a body shows as; null for none. */
export function bodyProtocol({ contentType, contentEncoding }: HttpHead): string | null {
  const media = contentType.split(";")[0]?.trim() ?? "";
  if (contentEncoding !== "" && !/gzip|deflate|identity/.test(contentEncoding)) return "data";
  if (media === "") return "data";
  const known = byMediaType[media];
  if (known !== undefined) return known;
  if (media.startsWith("text/")) return "data-text-lines";
  if (media.startsWith("multipart/")) return "mime_multipart";
  return "media";
}
