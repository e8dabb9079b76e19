// Numbers of a segment as people read them: from the beginning of its stream, the window scaled.
import { tcpFlag } from "../../analysis/tcp-sequence.ts";
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Layer } from "../frame.ts";

const headerSizeMin = 20;
const windowScaleMax = 14;
const optionWindowScale = 3;

/** What of one direction of a stream its segments' numbers are told by. */
export interface NumberedSide {
  /** First sequence number; -1 before it is known. */
  base: number;
  /** Bits that the window is shifted by; -1 where that is not known, -2 where none is used. */
  windowScale: number;
}

/** The direction of a segment, and the other. */
export interface NumberedSides {
  forward: NumberedSide;
  reverse: NumberedSide;
}

export interface NumberedSegment {
  layer: Pick<Layer, "bytes" | "start" | "end">;
  /** Of its header. */
  flags: number;
  /** True when the analysis says that it opens a new connection on old ports. */
  isReused: boolean;
}

export interface RelativeNumbers {
  sequence: number;
  acknowledgment: number;
  windowSize: number;
}

/** What a segment says of where both directions begin. */
export function noteBases(segment: NumberedSegment, { forward, reverse }: NumberedSides): void {
  const { layer, flags, isReused } = segment;
  if (forward.base < 0 || (flags & tcpFlag.syn && isReused)) {
    const sequence = uint32(layer.bytes, layer.start + 4);
    forward.base = (flags & tcpFlag.syn ? sequence : sequence - 1) >>> 0;
  }
  if (reverse.base < 0 && flags & tcpFlag.ack)
    reverse.base = (uint32(layer.bytes, layer.start + 8) - 1) >>> 0;
}

/** Scaling is only used when both sides offered it (RFC 7323, 2.2). */
export function noteScale(
  { layer, flags }: NumberedSegment,
  { forward, reverse }: NumberedSides,
): void {
  if (!(flags & tcpFlag.syn)) return;
  const shift = windowShift(layer);
  if (shift >= 0) forward.windowScale = shift;
  if (forward.windowScale === -1) {
    forward.windowScale = -2;
    reverse.windowScale = -2;
  } else if (flags & tcpFlag.ack && reverse.windowScale === -2) {
    forward.windowScale = -2;
  }
}

/** The numbers of a segment, once what it says itself was noted. */
export function relativeNumbers(
  { layer, flags }: NumberedSegment,
  { forward, reverse }: NumberedSides,
): RelativeNumbers {
  const { bytes, start } = layer;
  const acknowledgment = uint32(bytes, start + 8);
  const window = uint16(bytes, start + 14);
  const scale = flags & tcpFlag.syn ? 0 : forward.windowScale;
  return {
    sequence: (uint32(bytes, start + 4) - Math.max(0, forward.base)) >>> 0,
    acknowledgment:
      flags & tcpFlag.ack ? (acknowledgment - Math.max(0, reverse.base)) >>> 0 : acknowledgment,
    windowSize: scale > 0 ? window * 2 ** scale : window,
  };
}

/** What a segment's window is multiplied with; -1 where that is not known, as of a SYN, -2 where nothing is. */
export function scaleFactor({ flags }: NumberedSegment, { forward }: NumberedSides): number {
  const scale = flags & tcpFlag.syn ? -1 : forward.windowScale;
  return scale >= 0 ? 2 ** scale : scale;
}

function windowShift({ bytes, start, end }: NumberedSegment["layer"]): number {
  const at = findOption({ bytes, start, end }, optionWindowScale);
  return at >= 0 && bytes[at + 1] === 3 ? Math.min(bytes[at + 2] ?? 0, windowScaleMax) : -1;
}

/** Where an option of the header begins, -1 when it is not there. */
export function findOption(
  { bytes, start, end }: Pick<Layer, "bytes" | "start" | "end">,
  wanted: number,
): number {
  const last = Math.min(end, start + ((bytes[start + 12] ?? 0) >> 4) * 4);
  for (let at = start + headerSizeMin; at < last;) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) return -1;
    const size = kind === 1 ? 1 : (bytes[at + 1] ?? 0);
    if (size === 0 || (kind > 1 && size < 2) || at + size > last) return -1;
    if (kind === wanted) return at;
    at += size;
  }
  return -1;
}
