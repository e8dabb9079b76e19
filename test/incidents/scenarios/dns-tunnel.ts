import { hosts, processOf, type Scenario } from "../scenario.ts";

/** Data leaves in the names of questions to the usual resolver. */
export const dnsTunnel: Scenario = {
  name: "DNS tunnel",
  metric: "packetsOut",
  kinds: ["dnsTunnel"],
  async prepare({ node, seed }) {
    return () => {
      const child = node("vm", "dns-tunnel", seed, hosts.outside, "t.updates.example.net");
      return {
        address: hosts.outside,
        port: "53/udp",
        process: processOf(child, "node"),
        part: ({ source, destinationPort }) => source === hosts.vm && destinationPort === 53,
      };
    };
  },
};
