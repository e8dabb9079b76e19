import { NightcapError } from "../common/errors.ts";

/** Not built yet: says so. */
export function runPacketEngine(): never {
  throw new NightcapError("FlowMeterFailed", "flows cannot be made from packets yet");
}
