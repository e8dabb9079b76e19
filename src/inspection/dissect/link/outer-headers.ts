// Headers that switches put before Ethernet's own.
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";

const fabricPathType = 0x8903;
const fabricPathSizeBytes = 16;
const locallyAdministered = 0x02;
const multicast = 0x01;

/** Cisco FabricPath puts a header of its own, which looks like Ethernet's, before the frame. */
export function isFabricPath({ bytes, capturedEnd }: Frame, at: number): boolean {
  return (
    at + fabricPathSizeBytes <= capturedEnd &&
    uint16(bytes, at + 12) === fabricPathType &&
    ((bytes[at] ?? 0) & (locallyAdministered | multicast)) !== 0 &&
    ((bytes[at + 6] ?? 0) & locallyAdministered) !== 0
  );
}

export function fabricPathPayload(frame: Frame, at: number): number {
  frame.enter("cfp", at);
  return at + fabricPathSizeBytes;
}

const interSwitchSizeBytes = 26;

/** Cisco's older way to carry VLANs: a frame to 01:00:0c:00:00 that holds another one. */
export function isInterSwitchLink({ bytes, capturedEnd }: Frame, at: number): boolean {
  return (
    at + interSwitchSizeBytes <= capturedEnd &&
    (bytes[at] === 0x01 || bytes[at] === 0x03) &&
    uint32(bytes, at + 1) === 0x000c0000
  );
}

export function interSwitchPayload(frame: Frame, at: number): number {
  frame.enter("isl", at);
  return at + interSwitchSizeBytes;
}
