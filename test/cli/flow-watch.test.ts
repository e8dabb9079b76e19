import { expect, test } from "vitest";
import { flowLine, flowsOfRecord } from "../../src/cli/flow-watch-text.ts";
import { run } from "../../src/common/run.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed } from "../bed/bed.ts";

const record = {
  macAddress: "02000000000A",
  flowRecords: {
    flows: [
      {
        aclID: "",
        flowGroups: [
          {
            rule: "AllowHttp",
            flowTuples: [
              "1795229274449,192.0.2.10,198.51.100.80,43844,80,6,O,B,NX,0,0,0,0",
              "1795229275682,192.0.2.10,198.51.100.80,43844,80,6,O,C,NX,128,6761,245,13444525",
            ],
          },
          {
            rule: "DenyTelnet",
            flowTuples: ["1795229273666,2001:db8::5,2001:db8::1,55510,23,6,I,D,NX,1,80,0,0"],
          },
        ],
      },
    ],
  },
};

test("a tuple is one line for people", () => {
  const lines = flowsOfRecord(JSON.stringify(record)).map(flowLine);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "02:47:54.449  begin     out  tcp  192.0.2.10:43844 -> 198.51.100.80:80            AllowHttp
    02:47:55.682  continue  out  tcp  192.0.2.10:43844 -> 198.51.100.80:80            128 packets 6761 B there, 245 packets 13444525 B back  AllowHttp
    02:47:53.666  denied    in   tcp  [2001:db8::5]:55510 -> [2001:db8::1]:23         1 packet 80 B  DenyTelnet"
  `);
});

const reason = skipReason();
if (reason !== null) console.warn(reason);

test.skipIf(reason !== null)(
  "flow-logs watch prints the flows of a namespace as JSON",
  async () => {
    const bed = await openTestBed();
    try {
      const args = [
        "flow-logs",
        "watch",
        "--netns",
        bed.netnsName("vm"),
        "--json",
        "--seconds",
        "3",
      ];
      const watching = run("bin/nightcap", args);
      await bed.startServer("node", "vm");
      const isMetering = async (): Promise<boolean> =>
        (await bed.exec("vm", "nft", ["list", "tables"])).stdout.includes("nightcap_flows");
      while (!(await isMetering())) await new Promise((resolve) => setTimeout(resolve, 50));
      await bed.exec("client", "curl", ["-sS", "http://192.0.2.10:8080/bytes/1000"]);
      const { code, stdout, stderr } = await watching;
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: "nightcap: watching by conntrack; Ctrl-C stops it\n",
      });
      const flows = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(flows.map(({ state }) => state)).toEqual(["begin", "end"]);
      expect(flows[1]).toMatchObject({
        direction: "in",
        protocol: "tcp",
        source: "192.0.2.20",
        destinationPort: 8080,
        rule: "PlatformRule",
      });
    } finally {
      await bed.close();
    }
  },
);
