import { formatCount, plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import { isNameless, isPeerFlow } from "../tallies.ts";
import { peerCountMin } from "../thresholds.ts";

/** BitTorrent by its handshake or its DHT; without them many peers at nobody's ports, and less sure. */
export function peerToPeer({ tallies }: Scene): Candidate | null {
  const { peers, peerStreams, namelessPeers } = tallies;
  if (peers.size > 0)
    return {
      kind: "peerToPeer",
      confidence: {
        level: "certain",
        reason: "BitTorrent's own handshake or its DHT's messages are in the packets",
      },
      matches: (flow) => isPeerFlow(flow, tallies),
      title: `BitTorrent with ${plural(peers.size, "peer")}`,
      says: `This is BitTorrent: ${plural(peerStreams, "flow")} with ${plural(peers.size, "peer")} speak it.`,
      facts: { peers: peers.size, flows: peerStreams },
      displayFilter: "bittorrent or bt-dht",
    };
  if (namelessPeers.size < peerCountMin) return null;
  return {
    kind: "peerToPeer",
    confidence: {
      level: "possible",
      reason: "many peers at ports that no service has, and nothing known in the payload",
    },
    matches: isNameless,
    title: "a peer-to-peer program",
    says: `This has the shape of a peer-to-peer program: ${formatCount(namelessPeers.size)} peers at ports that no service has, with data both ways that nothing recognises.`,
    facts: { peers: namelessPeers.size },
    displayFilter: null,
  };
}
