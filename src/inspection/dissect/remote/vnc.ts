import { uint16, uint32 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { streamState, type StreamPiece } from "../transport/stream.ts";

/** Client messages of one piece. */
const messageCountMax = 1_000;

const security = { none: 1, vnc: 2, tight: 16, veNCrypt: 19, appleRemoteDesktop: 30 } as const;
const versionSizeBytes = 12;
const challengeSizeBytes = 16;
const credentialsSizeBytes = 128;
const serverInitSizeBytes = 24;
/** From this version on a failure has a reason, and no security a result (RFC 6143, 7.1.3). */
const versionWithReason = 8;
const versionWithTypes = 7;
const unknown = -1;

/** What the next segment is, whoever sends it; nothing is checked any more where it is `unknown`. */
type Step =
  | "serverVersion"
  | "clientVersion"
  | "types"
  | "choice"
  | "challenge"
  | "response"
  | "appleChallenge"
  | "appleResponse"
  | "result"
  | "clientInit"
  | "serverInit"
  | "traffic"
  | "unknown";

const stateOf = streamState(() => ({ step: "serverVersion" as Step, version: 0, keySizeBytes: 0 }));
type State = ReturnType<typeof stateOf>;

/** Takes one step of the handshake (RFC 6143, 7.1 to 7.3); false where the segment lacks what it must have. */
function follow(state: State, piece: StreamPiece): boolean {
  const { bytes, at, end } = piece;
  const next = nextStep(state, bytes, { at, size: end - at });
  if (next === null) return false;
  state.step = next;
  return true;
}

interface Place {
  at: number;
  size: number;
}

/** The step after this one; null where bytes are missing, and the step is tried again. */
function nextStep(state: State, bytes: Uint8Array, place: Place): Step | null {
  const { at, size } = place;
  switch (state.step) {
    case "serverVersion":
      return isVersion(bytes, place) ? "clientVersion" : "unknown";
    case "clientVersion":
      if (!isVersion(bytes, place)) return "unknown";
      state.version = versionOf(bytes, at);
      return "types";
    case "types":
      return afterTypes(state, bytes, place);
    case "choice":
      return afterChoice(state, bytes[at] ?? 0);
    case "challenge":
      return size < challengeSizeBytes ? null : "response";
    case "response":
      return size < challengeSizeBytes ? null : "result";
    case "appleChallenge":
      state.keySizeBytes = uint16(bytes, at + 2);
      return size < 4 + 2 * state.keySizeBytes ? null : "appleResponse";
    case "appleResponse":
      return size < credentialsSizeBytes + state.keySizeBytes ? null : "result";
    case "result":
      return afterResult(state, bytes, place);
    case "clientInit":
      return "serverInit";
    case "serverInit":
      return size < serverInitSizeBytes + uint32(bytes, at + 20) ? null : "traffic";
    case "traffic":
    case "unknown":
      return state.step;
  }
}

/** "RFB 003.", three digits and the end of the line (RFC 6143, 7.1.1). */
function isVersion(bytes: Uint8Array, { at, size }: Place): boolean {
  return size >= versionSizeBytes && uint32(bytes, at) === 0x52464220 && bytes[at + 7] === 0x2e;
}

function versionOf(bytes: Uint8Array, at: number): number {
  let version = 0;
  for (let index = 8; index < 11; index++) version = version * 10 + (bytes[at + index] ?? 0) - 0x30;
  return version;
}

/** The oldest version has one type that the server chose, later ones a list. */
function afterTypes(state: State, bytes: Uint8Array, { at, size }: Place): Step | null {
  if (state.version >= versionWithTypes) return size < 1 + (bytes[at] ?? 0) ? null : "choice";
  if (size < 4) return null;
  const type = uint32(bytes, at);
  if (type === security.none) return "clientInit";
  return type === security.vnc ? "challenge" : "unknown";
}

function afterChoice(state: State, type: number): Step {
  switch (type) {
    case security.none:
      return state.version >= versionWithReason ? "result" : "clientInit";
    case security.vnc:
      return "challenge";
    case security.appleRemoteDesktop:
      return "appleChallenge";
    case security.tight:
    case security.veNCrypt:
      return "unknown";
    default:
      return "choice";
  }
}

function afterResult({ version }: State, bytes: Uint8Array, { at, size }: Place): Step | null {
  if (size < 4) return null;
  if (uint32(bytes, at) === 0) return "clientInit";
  return version >= versionWithReason && size < 8 ? null : "unknown";
}

/** RFC 6143, 7.5: true when the client's messages end where the segment does. */
function endsWithMessage({ bytes, at: start, end }: StreamPiece): boolean {
  let at = start;
  for (let count = 0; at < end && count < messageCountMax; count++) {
    const size = clientMessageSize(bytes, at);
    if (size === unknown) return true;
    at += size;
  }
  return at <= end;
}

function clientMessageSize(bytes: Uint8Array, at: number): number {
  switch (bytes[at] ?? 0) {
    case 0:
      return 20;
    case 2:
      return 4 + 4 * uint16(bytes, at + 2);
    case 3:
      return 10;
    case 4:
      return 8;
    case 5:
      return 6;
    case 6:
      return 8 + uint32(bytes, at + 4);
    default:
      return unknown;
  }
}

const ports = [5900, 5901];

/** The remote framebuffer protocol; what the server draws is shown segment by segment. */
export const vnc: Protocol = {
  name: "vnc",
  tcpPorts: ports,
  stream: {
    name: "vnc",
    recognizes: (bytes, at, end) =>
      end - at === versionSizeBytes && isVersion(bytes, { at, size: end - at }),
    dissect(frame, piece) {
      frame.enter("vnc", piece.at, piece.end, piece.bytes);
      if (!piece.canContinue) return true;
      const state = stateOf(piece);
      const fromClient = ports.includes(frame.ends.destinationPort) || piece.fromA;
      const isWhole =
        state.step === "traffic" ? !fromClient || endsWithMessage(piece) : follow(state, piece);
      if (!isWhole) frame.enter("_ws.malformed");
      return true;
    },
  },
};
