import { uint16In, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { interfaceName } from "./dcerpc-interfaces.ts";

/** Bound contexts and open calls of one session; further ones are not kept. */
const contextCountMax = 1_000;
const callCountMax = 10_000;
/** Contexts and transfer syntaxes that one PDU offers. */
const offeredCountMax = 64;

const headerSizeBytes = 16;
const syntaxSizeBytes = 20;
const littleEndian = 0x10;
const lastPduType = 19;
const pduType = { request: 0, response: 2, bind: 11, alterContext: 14 } as const;
const flag = { first: 0x01, last: 0x02 } as const;
/** The level of protection at which a call's content is encrypted (MS-RPCE, 2.2.1.1.8). */
const privacyLevel = 6;
/** First field of NDR64's identifier (MS-RPCE, 2.2.4.12). */
const wideSyntax = 0x71710533;
/** MS-NRPC, 3.5.4.4.6, and MS-SRVS, 3.1.4.8. */
const netlogonPasswordSet2 = 30;
const netShareEnum = 15;

/** True when the bytes begin with a connection-oriented header (C706, 12.6.3.1). */
export function isRpcPdu(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= headerSizeBytes &&
    bytes[at] === 5 &&
    (bytes[at + 1] ?? 0) <= 1 &&
    (bytes[at + 2] ?? 0) <= lastPduType &&
    ((bytes[at + 4] ?? 0) & ~(littleEndian | 1)) === 0 &&
    (bytes[at + 5] ?? 0) <= 3
  );
}

/** Size of the fragment at `at`, header included. */
export function rpcPduSize(bytes: Uint8Array, at: number): number {
  return uint16In(bytes, at + 8, isLittle(bytes, at));
}

/** What a number of a bind stands for. */
interface Context {
  /** Null for an interface without a name. */
  name: string | null;
  /** True when integers and pointers of 64 bits were offered for it. */
  isWide: boolean;
}

interface Call {
  context: Context;
  operation: number;
}

/** Two operations that tshark 4.0 reads otherwise than their specifications, and fails at. */
function failsInTshark({ context, operation }: Call, isAnswer: boolean): boolean {
  if (context.name === "rpc_netlogon") return operation === netlogonPasswordSet2;
  return isAnswer && context.isWide && context.name === "srvsvc" && operation === netShareEnum;
}

/** What a connection, or an open pipe, agreed on: which interface each context and call is of. */
export class RpcSession {
  readonly #contexts = new Map<number, Context>();
  readonly #calls = new Map<number, Call>();

  /** Enters the PDU at `at` and the interface that a call or its answer is of. */
  dissect(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
    frame.enter("dcerpc", at, end, bytes);
    const type = bytes[at + 2] ?? 0;
    if (type === pduType.bind || type === pduType.alterContext) this.#bind(bytes, at, end);
    if (type === pduType.request && (bytes[at + 3] ?? 0) & flag.first) this.#noteCall(bytes, at);
    const isCut = rpcPduSize(bytes, at) > end - at;
    if (!isCut && (type === pduType.request || type === pduType.response))
      this.#enterInterface(frame, bytes, at, end);
  }

  /** A message in parts is told of in its last one, unless its parts are encrypted. */
  #enterInterface(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
    const call = this.#calls.get(uint32In(bytes, at + 12, isLittle(bytes, at)));
    if (call === undefined) return;
    const flags = bytes[at + 3] ?? 0;
    if ((flags & flag.first) === 0 || (flags & flag.last) === 0) {
      if (isEncrypted(bytes, at, end)) {
        frame.enter("dcerpc.encrypted_stub_data", at, end, bytes);
        return;
      }
      if ((flags & flag.last) === 0) return;
      frame.enter("dcerpc.fragments", at, end, bytes);
    }
    const { name } = call.context;
    if (name === null) return;
    frame.enter(name, at, end, bytes);
    if (failsInTshark(call, bytes[at + 2] === pduType.response)) frame.enter("_ws.malformed");
  }

  #noteCall(bytes: Uint8Array, at: number): void {
    const little = isLittle(bytes, at);
    const call = uint32In(bytes, at + 12, little);
    const context = this.#contexts.get(uint16In(bytes, at + 20, little));
    if (context === undefined) this.#calls.delete(call);
    else if (this.#calls.size < callCountMax || this.#calls.has(call))
      this.#calls.set(call, { context, operation: uint16In(bytes, at + 22, little) });
  }

  /** C706, 12.6.4.3: each context has a number, an interface and the ways in which it may be written. */
  #bind(bytes: Uint8Array, start: number, end: number): void {
    const little = isLittle(bytes, start);
    let at = start + headerSizeBytes + 12;
    const count = Math.min(bytes[at - 4] ?? 0, offeredCountMax);
    for (let index = 0; index < count && at + 4 + 2 * syntaxSizeBytes <= end; index++) {
      const version = uint16In(bytes, at + 20, little);
      const name = interfaceName(bytes, at + 4, { version, little });
      const context = uint16In(bytes, at, little);
      const isWide = uint32In(bytes, at + 4 + syntaxSizeBytes, little) === wideSyntax;
      if (this.#contexts.size < contextCountMax) this.#contexts.set(context, { name, isWide });
      at += 4 + syntaxSizeBytes * (1 + (bytes[at + 2] ?? 0));
    }
  }
}

const isLittle = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at + 4] ?? 0) & littleEndian) !== 0;

/** C706, 13.2.6.1: the length of the check at the end is in the header, and its own header before it. */
function isEncrypted(bytes: Uint8Array, at: number, end: number): boolean {
  const size = uint16In(bytes, at + 10, isLittle(bytes, at));
  return size > 0 && bytes[end - size - 7] === privacyLevel;
}
