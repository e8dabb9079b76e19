import { uint16In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { isRpcPdu } from "../remote/rpc-session.ts";
import type { NamedPipe } from "./named-pipe.ts";
import { dissectPipeData, pipeOf, type SmbMessage } from "./smb-message.ts";

/** Transactions that wait for their answer; further ones are not kept. */
const pendingCountMax = 10_000;
/** Characters of a name; longer ones are none that is known. */
const nameLengthMax = 64;

const requestWordCount = 14;
const answerWordCount = 10;
const transactNamedPipe = 0x26;

/** What a connection keeps of its transactions. */
export interface Transactions {
  pipes: Map<number, NamedPipe>;
  /** What each request without an answer asked, by the number of its message. */
  pending: Map<number, Request>;
}

interface Request {
  kind: "lanman" | "call" | "other";
  pipe: NamedPipe | null;
}

/** Where a transaction's parameters and data lie. */
interface Parts {
  parameterSize: number;
  dataSize: number;
  data: number;
}

/** MS-CIFS, 2.2.4.33: a message to a named pipe or a mailslot, whose name comes with the request. */
export function dissectTransaction(frame: Frame, message: SmbMessage, state: Transactions): void {
  if (message.isAnswer) dissectAnswer(frame, message, state);
  else if (message.wordCount >= requestWordCount) dissectRequest(frame, message, state);
}

function dissectRequest(frame: Frame, message: SmbMessage, state: Transactions): void {
  const { bytes, words, at } = message;
  const parts = {
    parameterSize: uint16In(bytes, words + 18, true),
    dataSize: uint16In(bytes, words + 22, true),
    data: at + uint16In(bytes, words + 24, true),
  };
  const name = readName(message);
  if (name.startsWith("\\MAILSLOT\\")) {
    if (parts.dataSize > 0) enterMailslot(frame, name.slice(10), message, parts);
  } else if (name.startsWith("\\PIPE\\")) {
    const request = pipeRequest(message, name.slice(6), parts, state);
    if (state.pending.size < pendingCountMax) state.pending.set(message.number, request);
    enterPipe(frame, message, { request, parts });
  }
}

function enterMailslot(frame: Frame, name: string, message: SmbMessage, { data }: Parts): void {
  const { bytes, end } = message;
  frame.enter("mailslot", data, end, bytes);
  if (name === "BROWSE" || name === "LANMAN") frame.enter("browser", data, end, bytes);
  else if (name.startsWith("NET\\") || name.startsWith("TEMP\\NETLOGON"))
    frame.enter("smb_netlogon", data, end, bytes);
  else frame.enter("data", data, end, bytes);
}

function pipeRequest(
  { bytes, words, end }: SmbMessage,
  name: string,
  { data }: Parts,
  { pipes }: Transactions,
): Request {
  if (name === "LANMAN") return { kind: "lanman", pipe: null };
  const setupCount = bytes[words + 26] ?? 0;
  if (setupCount < 2 || uint16In(bytes, words + 28, true) !== transactNamedPipe)
    return { kind: "other", pipe: null };
  const file = uint16In(bytes, words + 30, true);
  return { kind: "call", pipe: pipeOf(pipes, file, isRpcPdu(bytes, data, end)) };
}

/** An answer that has come in part is followed by one of the same number. */
function dissectAnswer(frame: Frame, message: SmbMessage, state: Transactions): void {
  const { bytes, words, at } = message;
  const request = state.pending.get(message.number);
  if (!request || message.wordCount < answerWordCount) return;
  state.pending.delete(message.number);
  const parts = {
    parameterSize: uint16In(bytes, words + 6, true),
    dataSize: uint16In(bytes, words + 12, true),
    data: at + uint16In(bytes, words + 14, true),
  };
  if (parts.parameterSize + parts.dataSize > 0) enterPipe(frame, message, { request, parts });
}

function enterPipe(
  frame: Frame,
  message: SmbMessage,
  { request, parts }: { request: Request; parts: Parts },
): void {
  const { bytes, end } = message;
  frame.enter("smb_pipe", parts.data, end, bytes);
  if (request.kind === "lanman" && parts.parameterSize > 0)
    frame.enter("lanman", parts.data, end, bytes);
  if (request.kind === "call")
    dissectPipeData(frame, message, {
      start: parts.data,
      size: parts.dataSize,
      pipe: request.pipe,
    });
}

/** The name follows the words and the count of bytes, in 16-bit characters after an even place. */
function readName({ bytes, at, words, wordCount, end, isUnicode }: SmbMessage): string {
  let place = words + wordCount * 2 + 2;
  if (isUnicode && (place - at) % 2 !== 0) place++;
  const step = isUnicode ? 2 : 1;
  let name = "";
  for (; place < end && name.length < nameLengthMax; place += step) {
    const code = isUnicode ? uint16In(bytes, place, true) : (bytes[place] ?? 0);
    if (code === 0) break;
    name += String.fromCharCode(code);
  }
  return name;
}
