import { createFlowBatch, type FlowBatch, type FlowOrigin } from "../../src/flowlog/flow-batch.ts";

export const someOrigin: FlowOrigin = {
  version: 4,
  flowLogId: "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/FLOWLOGS/F",
  targetId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v",
  macAddress: "002248712CB2",
  aclId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n",
  rule: "DefaultRule_AllowInternetOutBound",
};

/** A batch of generated rows: row `i` carries `i` packets and 100 * `i` bytes to its destination. */
export function generateBatch(rowCount: number, startTime = Date.UTC(2026, 10, 21, 12)): FlowBatch {
  const batch = createFlowBatch(rowCount);
  batch.length = rowCount;
  batch.origins.push(someOrigin, { ...someOrigin, rule: "DenyAll" });
  for (let row = 0; row < rowCount; row++) {
    batch.time[row] = startTime + row;
    batch.source.set([0, 0, 0xffff, 0x0a000000 + (row % 250)], row * 4);
    batch.destination.set([0x20010db8, 0, 0, row], row * 4);
    batch.sourcePort[row] = 40_000 + (row % 20_000);
    batch.destinationPort[row] = row % 2 === 0 ? 443 : 53;
    batch.protocol[row] = row % 2 === 0 ? 6 : 17;
    batch.direction[row] = 1;
    batch.state[row] = row % 4;
    batch.packetsToDestination[row] = row;
    batch.bytesToDestination[row] = row * 100;
    batch.bytesToSource[row] = 2 ** 40 + row;
    batch.origin[row] = row % 2;
  }
  return batch;
}
