import { dropAt } from "../firewall.ts";
import { hosts, processOf, type Scenario } from "../scenario.ts";

/** The host tries the ports of a stranger, whose firewall drops it. */
export const scanOut: Scenario = {
  name: "port scan out",
  metric: "connections",
  kinds: ["scanOut"],
  async prepare({ bed, node, random }) {
    await dropAt(bed, "internet", `ip daddr ${hosts.stranger} tcp dport > 1000`);
    return () => {
      const child = node("vm", "port-scan", hosts.stranger, 1_001 + Math.floor(random() * 20_000));
      return {
        address: hosts.stranger,
        port: null,
        process: processOf(child, "node"),
        part: ({ source, destination }) => source === hosts.vm && destination === hosts.stranger,
      };
    };
  },
};
