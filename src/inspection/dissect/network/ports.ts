import type { Frame } from "../frame.ts";

const portsSizeBytes = 4;
/** Protocols that tshark names only after it has read four bytes of them: TCP, UDP, DCCP, GRE. */
const readFirst: ReadonlySet<number> = new Set([6, 17, 33, 47]);

/** False when a protocol's first bytes are not there; the frame then tells so, and not the protocol. */
export function hasPorts(frame: Frame, at: number, ipProtocol: number): boolean {
  return !readFirst.has(ipProtocol) || frame.has(at, portsSizeBytes);
}
