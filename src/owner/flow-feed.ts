import { addressSizeBytes, destinationAt, destinationPortAt } from "../flowmeter/tuple.ts";
import { isLoggedProtocol, sourceAt, sourcePortAt } from "../flowmeter/tuple.ts";
import { networkUint16 } from "../flowmeter/netlink/bytes.ts";
import { conntrackMessage, ConntrackReader } from "../flowmeter/netlink/conntrack.ts";
import { visitMessages } from "../flowmeter/netlink/message.ts";
import { openNetlinkSocket } from "../flowmeter/netlink/socket.ts";
import type { OwnerCounters } from "./counters.ts";
import type { SocketKey } from "./socket-message.ts";

const bufferBytes = 1 << 20;
const eventsPerTurn = 256;
/** NF_NETLINK_CONNTRACK_NEW as a bit of `sockaddr_nl.nl_groups`. */
const newFlowsGroup = 0x1;

/** New flows as connection tracking tells of them, each as what this host's own socket would be if it began it. */
export interface FlowFeed {
  readonly fd: number;
  read(onFlow: (key: SocketKey) => void): void;
  close(): void;
}

/** Null where the kernel does not tell; where nothing tracks connections it stays silent. */
export function openFlowFeed(counters: OwnerCounters): FlowFeed | null {
  let socket: ReturnType<typeof openNetlinkSocket>;
  try {
    socket = openNetlinkSocket({ groups: newFlowsGroup, bufferBytes });
  } catch {
    return null;
  }
  const reader = new ConntrackReader();
  return {
    fd: socket.fd,
    read(onFlow) {
      for (let count = 0; count < eventsPerTurn; count++) {
        const size = socket.receive();
        if (size === 0) return;
        if (size < 0) continue; // a look less
        const isWhole = visitMessages(socket.buffer, size, ({ type, payloadAt, end }) => {
          if (type !== conntrackMessage.entry) return;
          if (reader.read(socket.buffer, payloadAt, end)) {
            if (isLoggedProtocol(reader.entry.protocol)) onFlow(keyOf(reader.entry.key));
          } else counters.malformedTotal++;
        });
        if (!isWhole) counters.malformedTotal++;
      }
    },
    close: () => socket.close(),
  };

  function keyOf(tuple: Uint8Array): SocketKey {
    return {
      protocol: reader.entry.protocol,
      local: tuple.subarray(sourceAt, sourceAt + addressSizeBytes),
      remote: tuple.subarray(destinationAt, destinationAt + addressSizeBytes),
      localPort: networkUint16(tuple, sourcePortAt),
      remotePort: networkUint16(tuple, destinationPortAt),
    };
  }
}
