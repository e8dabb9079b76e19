// What the analyses are told of HTTP: requests when they are whole, responses from their first byte, logins.
import type { MessagePlace } from "../../analysis/http-exchanges.ts";
import type { Frame } from "../frame.ts";
import { isTextAt, textOf } from "../text.ts";
import type { StreamPiece } from "../transport/stream.ts";
import type { HttpHead, Span } from "./http-head.ts";

const requestLineSizeMax = 2_048;
const hostSizeMax = 256;
const credentialsSizeMax = 512;

/** Where a message began, until it is complete. */
export interface MessageStart extends MessagePlace {
  isSet: boolean;
  isTold: boolean;
}

export function newMessageStart(): MessageStart {
  return { isSet: false, isTold: false, stream: -1, frame: 0, seconds: 0, nanoseconds: 0 };
}

/** Keeps where the message that is coming began. */
export function noteStart(start: MessageStart, frame: Frame, piece: StreamPiece): void {
  if (start.isSet) return;
  start.isSet = true;
  start.isTold = false;
  setPlace(start, frame, piece);
}

function setPlace(place: MessagePlace, frame: Frame, piece: StreamPiece): void {
  place.stream = piece.conversation.stream;
  place.frame = frame.number;
  place.seconds = frame.seconds;
  place.nanoseconds = frame.nanoseconds;
}

/** A response counts from its first byte, and once, however long its body takes. */
export function tellResponse({ analyses }: Frame, start: MessageStart, head: HttpHead): void {
  if (start.isTold || !head.isComplete) return;
  start.isTold = true;
  analyses.http.response(start, head.status);
}

const place: MessagePlace = { stream: -1, frame: 0, seconds: 0, nanoseconds: 0 };

/** A request counts when it was sent whole: from then on its answer is waited for. */
export function tellRequest(frame: Frame, piece: StreamPiece, head: HttpHead): void {
  const { bytes } = piece;
  const host = valueOf(bytes, head.host, hostSizeMax).trim().toLowerCase();
  setPlace(place, frame, piece);
  frame.analyses.http.request(place, valueOf(bytes, head.line, requestLineSizeMax), host);
  if (host !== "") frame.analyses.httpNames.add(host);
  const { at, end } = head.authorization;
  if (at < 0 || !isTextAt(bytes, at, end, "basic ")) return;
  const user = basicUser(valueOf(bytes, { at: at + 6, end }, credentialsSizeMax).trim());
  frame.analyses.credentials.add(frame, {
    protocol: "http",
    method: "Basic",
    user: user === "" ? null : user,
  });
}

function valueOf(bytes: Uint8Array, { at, end }: Span, sizeMax: number): string {
  return at < 0 ? "" : textOf(bytes, at, Math.min(end, at + sizeMax));
}

/** The name before the colon (RFC 7617); the secret behind it is not kept. */
function basicUser(credentials: string): string {
  try {
    return atob(credentials).split(":", 1).join("");
  } catch {
    return "";
  }
}
