import type { Frame } from "../frame.ts";
import { isRpcPdu, rpcPduSize, RpcSession } from "../remote/rpc-session.ts";

/** Bytes of one message that are kept until the rest comes; longer ones show as data. */
const pendingSizeMax = 1_048_576;
/** PDUs of one message. */
const pduCountMax = 64;

/** What tshark shows around a message that comes in several reads or writes. */
export interface PipeNames {
  part: string;
  /** Empty when the whole message shows nothing of its own. */
  whole: string;
}

interface Pending {
  bytes: Uint8Array;
  length: number;
}

/** A named pipe that is open: calls go one way, answers the other. */
export class NamedPipe {
  readonly #session = new RpcSession();
  readonly #names: PipeNames;
  readonly #pending: { request: Pending | null; answer: Pending | null } = {
    request: null,
    answer: null,
  };

  constructor(names: PipeNames) {
    this.#names = names;
  }

  /** Enters what was written to the pipe, or read from it: PDUs, a part of them, or data. */
  dissect(frame: Frame, bytes: Uint8Array, span: Span): void {
    const direction = span.isAnswer ? "answer" : "request";
    const { at, end } = span;
    const pending = this.#pending[direction];
    if (pending) this.#continue(frame, bytes, span, pending);
    else if (!isRpcPdu(bytes, at, end)) frame.enter("data", at, end, bytes);
    else {
      const missing = missingBytes(bytes, at, end);
      if (missing === 0 || !span.isWhole || end - at + missing > pendingSizeMax)
        this.#dissectPdus(frame, bytes, at, end);
      else {
        const kept = new Uint8Array(end - at + missing);
        kept.set(bytes.subarray(at, end));
        this.#pending[direction] = { bytes: kept, length: end - at };
        this.#enterPart(frame, bytes, at, end);
      }
    }
  }

  #continue(frame: Frame, bytes: Uint8Array, span: Span, pending: Pending): void {
    const { at, end } = span;
    const taken = Math.min(end - at, pending.bytes.length - pending.length);
    pending.bytes.set(bytes.subarray(at, at + taken), pending.length);
    pending.length += taken;
    if (pending.length < pending.bytes.length) {
      this.#enterPart(frame, bytes, at, end);
      return;
    }
    this.#pending[span.isAnswer ? "answer" : "request"] = null;
    if (this.#names.whole !== "") frame.enter(this.#names.whole, at, end, bytes);
    this.#dissectPdus(frame, pending.bytes, 0, pending.length);
  }

  #enterPart(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
    frame.enter(this.#names.part, at, end, bytes);
    frame.enter("data", at, end, bytes);
  }

  #dissectPdus(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    for (let count = 0; count < pduCountMax && isRpcPdu(bytes, at, end); count++) {
      const size = rpcPduSize(bytes, at);
      this.#session.dissect(frame, bytes, at, Math.min(end, at + size));
      if (size === 0) return;
      at += size;
    }
  }
}

/** Where a pipe's bytes lie; `isWhole` when the capture has all of them. */
export interface Span {
  at: number;
  end: number;
  isAnswer: boolean;
  isWhole: boolean;
}

/** Bytes that the last PDU needs beyond `end`. */
function missingBytes(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < pduCountMax && isRpcPdu(bytes, at, end); count++) {
    const size = rpcPduSize(bytes, at);
    if (size === 0) return 0;
    at += size;
  }
  return Math.max(0, at - end);
}
