import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const fileSizeBytes = 24 << 20;

/** A nightly copy to the store next door: as much as an exfiltration, and harmless. */
export const backup: Scenario = {
  name: "backup job",
  metric: "bytesOut",
  kinds: ["backup"],
  async prepare({ bed, spawn, random }) {
    await bed.startServer("node", "client", { port: 9000 });
    const file = join(bed.directory, "vm.tar");
    await writeFile(file, Buffer.alloc(fileSizeBytes, "etc/passwd var/lib/"));
    const rate = `${600 + Math.floor(random() * 900)}k`;
    const url = `http://${hosts.neighbour}:9000/backups/vm.tar`;
    return () => {
      const child = spawn("vm", "curl", "-sS", "--limit-rate", rate, "-X", "POST", "-T", file, url);
      return {
        address: hosts.neighbour,
        port: "9000/tcp",
        process: processOf(child, "curl"),
        part: ({ source, destinationPort }) => source === hosts.vm && destinationPort === 9000,
      };
    };
  },
};
