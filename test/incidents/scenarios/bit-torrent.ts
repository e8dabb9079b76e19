import { addAddresses } from "../addresses.ts";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const peerCount = 12;

/** A server gives pieces of a torrent to peers outside. */
export const bitTorrent: Scenario = {
  name: "BitTorrent on a server",
  metric: "bytesOut",
  kinds: ["peerToPeer"],
  async prepare({ bed, node, seed, random }) {
    const peers = await addAddresses(bed, peerCount);
    const port = 20_000 + Math.floor(random() * 20_000);
    node("internet", "bittorrent", "peers", port, peerCount);
    return () => {
      const child = node("vm", "bittorrent", "seed", seed, port, ...peers);
      return {
        address: peers[0] ?? null,
        port: null,
        process: processOf(child, "node"),
        part: ({ source, destination }) => source === hosts.vm && peers.includes(destination),
      };
    };
  },
};
