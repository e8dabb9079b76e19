import { fileURLToPath } from "node:url";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const script = fileURLToPath(new URL("../programs/syn-flood.py", import.meta.url));

/** Packets from invented addresses begin connections to a web server and never go on. */
export const synFlood: Scenario = {
  name: "SYN flood in",
  metric: "connections",
  kinds: ["synFlood"],
  async prepare({ bed, spawn, seed }) {
    const server = await bed.startServer("nginx", "vm");
    // Answers to invented addresses end there, as on the real internet.
    const route = ["route", "add", "203.0.113.0/24", "via", hosts.outside];
    await bed.exec("router", "ip", route);
    return () => {
      spawn("internet", "python3", script, hosts.vm, 80, seed);
      return {
        address: null,
        port: "80/tcp",
        process: processOf(server.process, "nginx"),
        part: ({ source, destinationPort }) =>
          source.startsWith("203.0.113.") && destinationPort === 80,
      };
    };
  },
};
