import { hosts, processOf, type Scenario } from "../scenario.ts";

/** A program fetches an update: much comes in, and acknowledgements go out. */
export const largeDownload: Scenario = {
  name: "large download",
  metric: "bytesIn",
  kinds: ["singleDestination"],
  async prepare({ spawn }) {
    const url = `http://${hosts.stranger}:8080/bytes/60000000`;
    return () => {
      const child = spawn("vm", "curl", "-sS", "--limit-rate", "3000k", "-o", "/dev/null", url);
      return {
        address: hosts.stranger,
        port: "8080/tcp",
        process: processOf(child, "curl"),
        part: ({ source, destination }) => source === hosts.stranger && destination === hosts.vm,
      };
    };
  },
};
