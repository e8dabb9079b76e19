import { addressText } from "./address-text.ts";
import { encryptionCodes, type FlowBatch, flowDirections, flowStates } from "./flow-batch.ts";

/** A row as a tuple of VNet flow logs, whatever format it was read from. */
export function tupleText(batch: FlowBatch, row: number): string {
  const direction = flowDirections[batch.direction[row] ?? 0] === "Inbound" ? "I" : "O";
  return [
    batch.time[row],
    addressText(batch.source, row),
    addressText(batch.destination, row),
    batch.sourcePort[row],
    batch.destinationPort[row],
    batch.protocol[row],
    direction,
    flowStates[batch.state[row] ?? 0],
    encryptionCodes[batch.encryption[row] ?? 0],
    batch.packetsToDestination[row],
    batch.bytesToDestination[row],
    batch.packetsToSource[row],
    batch.bytesToSource[row],
  ].join(",");
}
