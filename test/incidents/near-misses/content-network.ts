import { addAddresses } from "../addresses.ts";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const addressCount = 30;

/** A content delivery network answers from many addresses: no peers, and no scan. */
export const contentNetwork: Scenario = {
  name: "content network",
  metric: "bytesIn",
  kinds: ["spread"],
  async prepare({ bed, node }) {
    const addresses = await addAddresses(bed, addressCount);
    return () => {
      const child = node("vm", "many-pages", 8080, ...addresses);
      return {
        // Thirty have the same share, and an answer names twenty.
        address: null,
        port: "8080/tcp",
        process: processOf(child, "node"),
        part: ({ source, destination }) => source === addresses[0] && destination === hosts.vm,
      };
    };
  },
};
