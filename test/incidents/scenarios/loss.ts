import { loseOneIn } from "../firewall.ts";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const port = 8443;

/** The router on the way to one peer begins to lose packets. */
export const loss: Scenario = {
  name: "lossy path",
  metric: "retransmissions",
  kinds: ["loss"],
  async prepare({ bed, node, random }) {
    await bed.startServer("node", "internet", { port });
    const rate = 150_000 + Math.floor(random() * 100_000);
    const child = node("vm", "steady-upload", `http://${hosts.stranger}:${port}/logs`, rate);
    const oneIn = 8 + Math.floor(random() * 8);
    return async () => {
      await loseOneIn(bed, oneIn, `ip daddr ${hosts.stranger}`);
      return {
        address: hosts.stranger,
        port: `${port}/tcp`,
        process: processOf(child, "node"),
        part: ({ source, destination }) => source === hosts.vm && destination === hosts.stranger,
      };
    };
  },
};
