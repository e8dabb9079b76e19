// What the analyses are told of HTTP: requests when they are whole, responses from their first byte, logins.
import type { MessagePlace, RequestFacts } from "../../analysis/http-exchanges.ts";
import type { Frame } from "../frame.ts";
import type { KnownTexts } from "../known-texts.ts";
import { isTextAt, textOf } from "../text.ts";
import type { StreamPiece } from "../transport/stream.ts";
import type { HttpHead, Span } from "./http-head.ts";

const requestLineSizeMax = 2_048;
const hostSizeMax = 256;
const credentialsSizeMax = 512;
const pathSizeMax = 200;
const space = 32;

/** 1 for the bytes behind a path: the space after the target, and what begins its query or fragment. */
const endsPath = new Uint8Array(256);
for (const mark of " ?#") endsPath[mark.charCodeAt(0)] = 1;

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
const request: RequestFacts = { method: "", host: "", path: "" };

/** A request counts when it was sent whole: from then on its answer is waited for. */
export function tellRequest(frame: Frame, piece: StreamPiece, head: HttpHead): void {
  const { bytes } = piece;
  setPlace(place, frame, piece);
  setRequest(frame.texts, bytes, head);
  frame.analyses.http.request(place, request);
  if (request.host !== "") tellHost(frame, request.host);
  const { at, end } = head.authorization;
  if (at < 0 || !isTextAt(bytes, at, end, "basic ")) return;
  const user = basicUser(textOf(bytes, at + 6, Math.min(end, at + 6 + credentialsSizeMax)).trim());
  frame.analyses.credentials.add(frame, {
    protocol: "http",
    method: "Basic",
    user: user === "" ? null : user,
  });
}

function tellHost(frame: Frame, host: string): void {
  frame.analyses.httpNames.add(host);
  frame.analyses.watcher?.destinationName(frame, host);
}

/** What is told of the request in `head`; the query of its target may hold secrets and is not kept. */
function setRequest(texts: KnownTexts, bytes: Uint8Array, { line, host }: HttpHead): void {
  const end = Math.min(line.end, line.at + requestLineSizeMax);
  const methodEnd = wordEnd(bytes, line.at, end);
  const target = methodEnd + 1;
  const pathEnd = targetPathEnd(bytes, target, end);
  request.method = texts.of(bytes, line.at, methodEnd);
  request.path = texts.of(bytes, target, Math.min(pathEnd, target + pathSizeMax));
  request.host = host.at < 0 ? "" : hostText(texts, bytes, host);
}

function hostText(texts: KnownTexts, bytes: Uint8Array, { at, end }: Span): string {
  return texts
    .of(bytes, at, Math.min(end, at + hostSizeMax))
    .trim()
    .toLowerCase();
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== space) at++;
  return at;
}

function targetPathEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && endsPath[bytes[at] ?? 0] === 0) at++;
  return at;
}

/** The name before the colon (RFC 7617); the secret behind it is not kept. */
function basicUser(credentials: string): string {
  try {
    return atob(credentials).split(":", 1).join("");
  } catch {
    return "";
  }
}
