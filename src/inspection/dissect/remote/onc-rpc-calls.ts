import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { programName } from "./onc-rpc-programs.ts";

/** Calls that an answer may still come to; the oldest is given up for a further one. */
const callCountMax = 100_000;

const version = 2;
const answerHeaderSizeBytes = 12;
const type = { call: 0, answer: 1 } as const;
const accepted = 0;
const success = 0;
const flavorGss = 6;
const gssData = 0;
const gssPrivacy = 3;

/** True when a call of a known program begins at `at` (RFC 5531, 9). */
export function isKnownCall(bytes: Uint8Array, at: number, end: number): boolean {
  return isCall(bytes, at, end) && programName(uint32(bytes, at + 12)) !== undefined;
}

/** True when a message of any program begins at `at`. */
export function isMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + answerHeaderSizeBytes > end) return false;
  return (
    isCall(bytes, at, end) || (uint32(bytes, at + 4) === type.answer && uint32(bytes, at + 8) <= 1)
  );
}

function isCall(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 16 <= end && uint32(bytes, at + 4) === type.call && uint32(bytes, at + 8) === version;
}

/** What a call was of. */
interface Call {
  name: string | undefined;
  /** True when its content is encrypted (RFC 2203, 5.3.3.4.3). */
  isPrivate: boolean;
}

/** Calls by the number that both sides know them by. */
export class Calls {
  readonly #calls = new Map<number, Call>();

  has(number: number): boolean {
    return this.#calls.has(number);
  }

  /** Enters the message at `at`; `key` is its number among all of these calls. */
  dissect(frame: Frame, bytes: Uint8Array, { at, end, key }: Place): void {
    frame.enter("rpc", at, end, bytes);
    if (isCall(bytes, at, end)) this.#dissectCall(frame, bytes, { at, end, key });
    else if (isSuccess(bytes, at, end)) enterProgram(frame, this.#calls.get(key));
  }

  #dissectCall(frame: Frame, bytes: Uint8Array, { at, end, key }: Place): void {
    const name = programName(uint32(bytes, at + 12));
    const call = { name, isPrivate: isPrivate(bytes, at, end) };
    this.#calls.set(key, call);
    if (this.#calls.size > callCountMax) this.#forgetOldest();
    if (headerEnd(bytes, at) <= end) enterProgram(frame, call);
  }

  #forgetOldest(): void {
    const [oldest] = this.#calls.keys();
    if (oldest !== undefined) this.#calls.delete(oldest);
  }
}

interface Place {
  at: number;
  end: number;
  key: number;
}

function enterProgram(frame: Frame, call: Call | undefined): void {
  if (call?.name === undefined) return;
  if (call.isPrivate) frame.enter("text");
  frame.enter(call.name);
}

/** Behind credentials and verifier, each of a flavor, a length and a body. */
function headerEnd(bytes: Uint8Array, at: number): number {
  const verifier = at + 32 + Math.ceil(uint32(bytes, at + 28) / 4) * 4;
  return verifier + 8 + Math.ceil(uint32(bytes, verifier + 4) / 4) * 4;
}

/** The credentials of RPCSEC_GSS say which service protects the call (RFC 2203, 5). */
function isPrivate(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 48 > end || uint32(bytes, at + 24) !== flavorGss) return false;
  return uint32(bytes, at + 36) === gssData && uint32(bytes, at + 44) === gssPrivacy;
}

/** Only an answer that was accepted, and went well, has a content. */
function isSuccess(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 24 > end || uint32(bytes, at + 8) !== accepted) return false;
  const state = at + 20 + Math.ceil(uint32(bytes, at + 16) / 4) * 4;
  return state + 4 <= end && uint32(bytes, state) === success;
}
