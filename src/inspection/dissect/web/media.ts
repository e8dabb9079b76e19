// What a body holds, told from its media type or, where that says nothing, from its first bytes.
import type { Frame } from "../frame.ts";
import { isExactTextAt, isTextAt } from "../text.ts";
import { jsonEnd } from "./json-text.ts";
import { protocolOfMediaType } from "./media-types.ts";

/** Bytes of a body: `bytes[at .. end)`. */
export interface Body {
  bytes: Uint8Array;
  at: number;
  end: number;
  /** The bytes are not known, only that they are there. */
  isUnread?: boolean;
}

const typeSizeMax = 256;
const gifSizeMin = 20;
const jfifSizeMin = 20;
const xmlSizeMin = 39;

/**
 * Enters what a body of this content type is (`contentType` as in the header field, null without one).
 * Bodies without a type of which the bytes tell nothing show nothing of their own.
 */
export function dissectMedia(frame: Frame, contentType: string | null, body: Body): void {
  const known = contentType === null ? null : protocolOfContentType(contentType);
  if (known !== null) enterKnown(frame, known, body);
  else {
    const shown = imageOf(contentType, body);
    if (shown !== null) frame.enter(shown, body.at, body.end, body.bytes);
    else if (contentType !== null) frame.enter("media", body.at, body.end, body.bytes);
  }
}

/** Content types of which the protocol is remembered: most of a capture's are a few. */
const contentTypeCountMax = 1_024;
const protocolsOfContentTypes = new Map<string, string | null>();

function protocolOfContentType(contentType: string): string | null {
  const known = protocolsOfContentTypes.get(contentType);
  if (known !== undefined) return known;
  const protocol = readContentType(contentType);
  if (protocolsOfContentTypes.size < contentTypeCountMax)
    protocolsOfContentTypes.set(contentType, protocol);
  return protocol;
}

function readContentType(contentType: string): string | null {
  const [type = "", ...rest] = contentType.slice(0, typeSizeMax).split(/[;\s]/);
  const name = type.toLowerCase();
  if (name.startsWith("multipart/"))
    return /boundary\s*=/i.test(rest.join(" ")) ? "mime_multipart" : "text";
  return protocolOfMediaType(name);
}

function enterKnown(frame: Frame, name: string, { bytes, at, end, isUnread }: Body): void {
  frame.enter(isXmlText(name, { bytes, at, end }) ? "xml" : name, at, end, bytes);
  // Parts without the line between them cannot be told apart: tshark says so, and shows data.
  if (name === "text") frame.enter("data", at, end, bytes);
  if (name !== "json" || isUnread) return;
  const rest = jsonEnd(bytes, at, end);
  if (rest < end) frame.enter("data-text-lines", rest, end, bytes);
}

/** Text of whatever kind that begins as XML does, and is not too short, is XML. */
function isXmlText(name: string, { bytes, at, end }: Body): boolean {
  return name === "data-text-lines" && end - at >= xmlSizeMin && isTextAt(bytes, at, end, "<?xml");
}

/** True when only the bytes of the body can tell what it shows as. */
export function needsBytes(contentType: string | null): boolean {
  const known = contentType === null ? null : protocolOfContentType(contentType);
  return known === null || known === "json";
}

/** Images that show by themselves. */
function imageOf(contentType: string | null, { bytes, at, end }: Body): string | null {
  if (contentType !== null && isMp4(contentType, { bytes, at, end })) return "mp4";
  if (isExactTextAt(bytes, at, end, "\u0089PNG\r\n\u001A\n")) return "png";
  if (end - at >= gifSizeMin && isGif(bytes, at, end)) return "image-gif";
  if (end - at >= jfifSizeMin && isJfif(bytes, at, end)) return "image-jfif";
  return null;
}

/** A file type box first (ISO/IEC 14496-12, 4.3). */
function isMp4(contentType: string, { bytes, at, end }: Body): boolean {
  return /^(?:video|audio)\/mp4/i.test(contentType) && isExactTextAt(bytes, at + 4, end, "ftyp");
}

function isGif(bytes: Uint8Array, at: number, end: number): boolean {
  return isExactTextAt(bytes, at, end, "GIF87a") || isExactTextAt(bytes, at, end, "GIF89a");
}

/** Start of image, then the application marker of JFIF or Exif. */
function isJfif(bytes: Uint8Array, at: number, end: number): boolean {
  if (!isExactTextAt(bytes, at, end, "\u00ff\u00d8\u00ff")) return false;
  return (
    (bytes[at + 3] === 0xe0 && isExactTextAt(bytes, at + 6, end, "JFIF\0")) ||
    (bytes[at + 3] === 0xe1 && isExactTextAt(bytes, at + 6, end, "Exif\0"))
  );
}
