import { hosts, processOf, type Scenario } from "../scenario.ts";

/** The key by which a block list's vendor knows a customer stands in each name, and is as long as encoded data. */
const key = "k7q2mzt4w6r9x3b8n5v1c0jhdf";

/** A wave of mail: many names, new each time, under one domain; they say addresses and carry nothing. */
export const mailServer: Scenario = {
  name: "mail server's look-ups",
  metric: "packetsOut",
  kinds: ["singleDestination"],
  async prepare({ node, seed }) {
    return () => {
      const child = node("vm", "mail-look-ups", seed, hosts.outside, key);
      return {
        address: hosts.outside,
        port: "53/udp",
        process: processOf(child, "node"),
        part: ({ source, destinationPort }) => source === hosts.vm && destinationPort === 53,
      };
    };
  },
};
