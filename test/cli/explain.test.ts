import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runNightcap } from "./run-nightcap.ts";

let state: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "nightcap-explain-"));
  await writeFile(join(state, "list.txt"), "5.5.5.5\n");
  const settings = {
    topology: { virtualNetworks: [{ name: "home", prefixes: ["10.0.0.0/8"] }] },
    threatLists: [{ name: "bad", path: join(state, "list.txt"), threatType: "C2" }],
    city: "off",
    asn: "off",
  };
  await writeFile(join(state, "traffic.json"), JSON.stringify(settings));
});

afterAll(() => rm(state, { recursive: true }));

test("a flow is explained by the settings of the state directory, for people and as JSON", async () => {
  const text = await runNightcap("explain", "--state", state, "10.0.0.4 5.5.5.5 443 T O");
  expect(text.stderr).toBe("");
  expect(text.stdout).toMatch(
    /^FlowType {10}MaliciousFlow\nReason .*threat list bad as 5\.5\.5\.5 \(C2/,
  );
  expect(text.stdout).toContain("Countries by the NRO");
  const json = await runNightcap(
    "explain",
    "--state",
    state,
    "--json",
    "10.0.0.4",
    "5.5.5.5",
    "443",
  );
  expect(JSON.parse(json.stdout)).toMatchObject({
    verdict: { flowType: "MaliciousFlow", publicSide: "destination" },
    l7Protocol: "https",
    destination: { latitude: null, threat: { list: "bad", entry: "5.5.5.5" } },
  });
});

test("what the control plane of this host knows of its network counts, too", async () => {
  const topology = { virtualNetworks: [{ name: "lan", prefixes: ["192.0.2.0/24"] }] };
  await mkdir(join(state, "flows"));
  await writeFile(join(state, "flows", "topology.json"), JSON.stringify(topology));
  const { stdout } = await runNightcap("explain", "--state", state, "192.0.2.4 5.5.5.5 443 T O");
  expect(stdout).toMatch(/^FlowType {10}MaliciousFlow\nReason .*virtual network lan/);
});

test("the flow log's target says which side is one's own", async () => {
  const group = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";
  const asked = ["explain", "--state", state, "--target", `${group}/networkSecurityGroups/web`];
  const { stdout } = await runNightcap(...asked, "172.17.0.4 1.1.1.1 443 T O");
  expect(stdout).toMatch(
    /^FlowType {10}ExternalPublic\n.*: the source is the side that the flow log of network security group rg\/web logs,/,
  );
  expect(stdout).toContain("Does the flow log log the source 172.17.0.4?\n     yes");
  const without = await runNightcap(...asked, "172.17.0.4 1.1.1.1 443");
  expect([without.code, without.stderr]).toEqual([
    1,
    expect.stringContaining("--target needs the flow's direction (I or O)"),
  ]);
});

test("other settings are read from their file, and what is wrong with them is told", async () => {
  const path = join(state, "other.json");
  await writeFile(path, '{"topology":{"sites":[{"name":"x","prefixes":["ten"]}]}}');
  const { code, stderr } = await runNightcap(
    "explain",
    "--state",
    state,
    "--settings",
    path,
    "1.1.1.1",
  );
  expect([code, stderr.split("\n")[0]]).toEqual([
    1,
    `nightcap: ${path}: topology.sites.0.prefixes.0: "ten" is not an address or prefix`,
  ]);
});
