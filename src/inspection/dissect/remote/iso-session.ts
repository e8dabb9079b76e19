import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { streamState } from "../transport/stream.ts";
import { derChildren, readDer, type DerElement } from "../web/der.ts";
import type { Tpdu } from "./cotp.ts";

/** Session PDUs of one message, and their parameters. */
const spduCountMax = 16;
const parameterCountMax = 32;
const contextCountMax = 100;

/** Kinds of session PDUs (ISO 8327-1, 8.3) that are known by their first byte. */
const spduTypes = new Set([1, 8, 9, 10, 12, 13, 14, 25, 26]);
const dataTransfer = 1;
const userData = 0xc1;
const tag = {
  integer: 0x02,
  identifier: 0x06,
  external: 0x28,
  sequence: 0x30,
  connect: 0x31,
  userData: 0x61,
  value: 0xa0,
  normalMode: 0xa2,
  contexts: 0xa4,
  userInformation: 0xbe,
} as const;

/** What the identifiers of abstract syntaxes stand for: connection control, and MMS in two versions. */
const syntaxes = new Map([
  ["52010001", "acse"],
  ["28ca220201", "mms"],
  ["28ca220203", "mms"],
]);

/** Names of the presentation contexts that a connection agreed on. */
const contextsOf = streamState(() => new Map<number, string>());
type Contexts = ReturnType<typeof contextsOf>;

export function isSession(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 <= end && spduTypes.has(bytes[at] ?? 0) && afterLength(bytes, at, end) <= end;
}

function afterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at + 1] ?? 0;
  if (first !== 0xff) return at + 2 + first;
  return at + 4 <= end ? at + 4 + uint16(bytes, at + 2) : end + 1;
}

const contentAt = (bytes: Uint8Array, at: number): number =>
  bytes[at + 1] === 0xff ? at + 4 : at + 2;

/** ISO 8327-1: PDUs in a row; the second one of data carries the rest of the message. */
export function dissectSession(frame: Frame, { bytes, at: start, end, piece }: Tpdu): void {
  const contexts = contextsOf(piece);
  let at = start;
  let dataCount = 0;
  for (let count = 0; count < spduCountMax && isSession(bytes, at, end); count++) {
    const next = afterLength(bytes, at, end);
    frame.enter("ses", at, next, bytes);
    if (bytes[at] === dataTransfer && ++dataCount === 2) {
      if (next < end) dissectPresentation(frame, bytes, { start: next, end }, contexts);
      return;
    }
    const content = findUserData(bytes, contentAt(bytes, at), next);
    if (content) dissectPresentation(frame, bytes, content, contexts);
    at = next;
  }
}

interface Extent {
  start: number;
  end: number;
}

function findUserData(bytes: Uint8Array, start: number, end: number): Extent | null {
  let at = start;
  for (let count = 0; count < parameterCountMax && at + 2 <= end; count++) {
    const next = afterLength(bytes, at, end);
    if (next > end) return null;
    if (bytes[at] === userData) return { start: contentAt(bytes, at), end: next };
    at = next;
  }
  return null;
}

/** ISO 8823-1: a connection names its contexts; what follows says which one it is of. */
function dissectPresentation(
  frame: Frame,
  bytes: Uint8Array,
  { start, end }: Extent,
  contexts: Contexts,
): void {
  frame.enter("pres", start, end, bytes);
  const root = readDer(bytes, start, end);
  if (root?.tag === tag.userData) enterUserData(frame, bytes, root, contexts);
  if (root?.tag !== tag.connect) return;
  const mode = child(bytes, root, tag.normalMode);
  const offered = mode && child(bytes, mode, tag.contexts);
  if (offered) noteContexts(bytes, offered, contexts);
  const inside = mode && child(bytes, mode, tag.userData);
  if (inside) enterUserData(frame, bytes, inside, contexts);
}

function noteContexts(bytes: Uint8Array, offered: DerElement, contexts: Contexts): void {
  for (const context of derChildren(bytes, offered)) {
    const number = child(bytes, context, tag.integer);
    const identifier = child(bytes, context, tag.identifier);
    const name = identifier && syntaxes.get(hexOf(bytes, identifier));
    if (number && name && contexts.size < contextCountMax)
      contexts.set(bytes[number.start] ?? 0, name);
  }
}

/** Connection control (ISO 8650-1) carries the other protocol's first message. */
function enterUserData(
  frame: Frame,
  bytes: Uint8Array,
  element: DerElement,
  contexts: Contexts,
): void {
  const list = child(bytes, element, tag.sequence);
  const value = list && enterValue(frame, bytes, list, contexts);
  if (!value) return;
  const [control] = derChildren(bytes, value);
  const information = control && child(bytes, control, tag.userInformation);
  const external = information && child(bytes, information, tag.external);
  if (external) enterValue(frame, bytes, external, contexts);
}

/** Enters what a context's number stands for; the value where that is connection control. */
function enterValue(
  frame: Frame,
  bytes: Uint8Array,
  element: DerElement,
  contexts: Contexts,
): DerElement | null {
  const number = child(bytes, element, tag.integer);
  const value = child(bytes, element, tag.value);
  const name = number && contexts.get(bytes[number.start] ?? 0);
  if (!name || !value) return null;
  frame.enter(name, value.start, value.end, bytes);
  return name === "acse" ? value : null;
}

function child(bytes: Uint8Array, element: DerElement, wanted: number): DerElement | null {
  return derChildren(bytes, element).find(({ tag: found }) => found === wanted) ?? null;
}

function hexOf(bytes: Uint8Array, { start, end }: DerElement): string {
  let text = "";
  for (let at = start; at < Math.min(end, start + 8); at++)
    text += (bytes[at] ?? 0).toString(16).padStart(2, "0");
  return text;
}
