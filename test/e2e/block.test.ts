// The whole way of a block: the command, the control plane, the agent, nft, and a connection that is cut.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../src/common/run.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";
import { runNightcap } from "../cli/run-nightcap.ts";
import { Wire } from "../inspection/wire.ts";
import { type Installation, machineName, openInstallation } from "./installation.ts";

const reason = skipReason();
const other = "198.51.100.66";
const spared = "198.51.100.80";
/** curl's: failure in receiving, and failed to connect. */
const cut = 56;
const refused = 7;
const pollOptions = { timeout: 20_000, interval: 100 };

/** Sends for as long as it is heard; `/once` is answered and over. */
const streamScript = `
require("node:http").createServer((request, response) => {
  if (request.url === "/once") return response.end("once");
  const timer = setInterval(() => response.write("x".repeat(1000)), 10);
  response.on("close", () => clearInterval(timer));
}).listen(8080, "0.0.0.0", () => console.log("ready"));`;

describe.skipIf(reason !== null)(`nightcap block${reason === null ? "" : ` (${reason})`}`, () => {
  let bed: TestBed;
  let installation: Installation;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    bed = await openTestBed();
    const server = bed.spawn("internet", process.execPath, ["-e", streamScript]);
    const agentArgs = ["--allow-blocking"];
    installation = await openInstallation(bed, { captureSeconds: 1, agentArgs });
    if (server.stdout) await once(server.stdout, "data");
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await installation?.close();
    await bed?.close();
  });

  const nightcap = async (...args: string[]): Promise<string> => {
    const state = ["--state", join(installation.directory, "server")];
    const { code, stdout, stderr } = await runNightcap(...args, ...state);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  const host = ["--host", machineName] as const;
  const block = (...args: string[]) => nightcap("block", ...host, ...args);
  const ask = async (address: string): Promise<number | null> => {
    const args = ["-sS", "-m", "2", `http://${address}:8080/once`];
    return (await bed.exec("vm", "curl", args)).code;
  };
  /** A download that goes on until it is cut, and what curl says then. */
  const download = async () => {
    const args = ["-sSN", `http://${other}:8080/stream`];
    const child = bed.spawn("vm", "curl", args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    const said = child.stderr ? text(child.stderr) : "";
    const ended = once(child, "exit").then(([code]) => Number(code));
    if (child.stdout) await once(child.stdout, "data");
    child.stdout?.resume();
    return { ended, said };
  };

  test("cuts a connection that runs with a reset, is listed with what it stopped, and can be taken back", async () => {
    const { ended, said } = await download();
    const made = await block(other, "--port", "8080/tcp", "--for", "5m", "--reason", "e2e");
    expect(made).toContain(`blocked on ${machineName} until`);
    expect([await ended, await said]).toEqual([cut, expect.stringContaining("reset by peer")]);
    expect([await ask(other), await ask(spared)]).toEqual([refused, 0]);
    const id = `out_${other}_32_tcp_8080`;
    const listed = await nightcap("blocks", ...host);
    const [, packets, bytes] = /Applied .* (\d+) packets, (\d+) bytes stopped/.exec(listed) ?? [];
    expect(listed).toMatch(new RegExp(`^${machineName}  ${id} .*  e2e$`, "m"));
    expect(Number(packets)).toBeGreaterThanOrEqual(2);
    expect(Number(bytes)).toBeGreaterThanOrEqual(80);
    expect(await nightcap("unblock", id, ...host)).toBe(`ended: ${id}\n`);
    expect([await ask(other), await nightcap("blocks")]).toEqual([0, "nothing is blocked\n"]);
  });

  test("ends when its time is over, and also when the agent was killed before", async () => {
    const { ended } = await download();
    const askedAt = performance.now();
    await block(other, "--for", "2s");
    expect(await ended).toBe(cut);
    await expect.poll(() => ask(other), pollOptions).toBe(0);
    expect(performance.now() - askedAt).toBeGreaterThan(1_900);
    await block(other, "--for", "6s", "--reason", "killed");
    await installation.killAgent();
    expect(await ask(other)).toBe(refused);
    await expect.poll(() => ask(other), pollOptions).toBe(0);
    await installation.restartAgent();
    expect(await nightcap("blocks", ...host)).toBe("nothing is blocked\n");
  });

  test("takes what a finding of a report is about", async () => {
    const said = `\u0013BitTorrent protocol${"x".repeat(48)}`;
    const wire = new Wire().talk(0, `192.0.2.10:4000`, `${other}:8080`, {
      lines: [{ from: "client", says: said }],
    });
    const capture = join(installation.directory, "torrent.pcap");
    await writeFile(capture, wire.file());
    const report = join(installation.directory, "torrent.json");
    const made = await runNightcap("report", "--json", "-o", report, capture);
    expect(made.code).toBe(0);
    expect(await block("--from-finding", `${report}#1`, "--for", "1m")).toContain("blocked on vm");
    expect([await ask(other), await ask(spared)]).toEqual([refused, 0]);
    expect(await nightcap("blocks")).toContain(`torrent.json#1`);
    const dryRun = await block("--from-finding", `${capture}#1`, "--dry-run");
    expect(dryRun).toContain(`nothing was changed: out_${other}_32_tcp_8080`);
  });

  test("what the agent's watch over sockets did is in the control plane's metrics", async () => {
    const { endpoint, certificateAuthorityFile } = installation.client.credentials;
    const args = ["-sS", "--cacert", certificateAuthorityFile, `${endpoint}/metrics`];
    const metrics = async (): Promise<string> => (await run("curl", args)).stdout;
    await expect.poll(metrics, pollOptions).toMatch(/^nightcap_owner_scans_total [1-9]/m);
    expect(await metrics()).toMatch(/^nightcap_owner_hosts 1$/m);
  });

  test("every step is in the audit", async () => {
    const audit = (await nightcap("audit")).replaceAll(installation.directory, "");
    const steps = audit
      .split("\n")
      .flatMap((line) => /blocks\/(?:write|delete) .*/.exec(line) ?? []);
    const path = `/nightcap/v1/hosts/${machineName}/blocks`;
    expect(steps).toEqual([
      `blocks/write  ${path}  (out ${other} 8080/tcp, for 300 s, reason: e2e)`,
      `blocks/delete  ${path}/out_${other}_32_tcp_8080  (out_${other}_32_tcp_8080)`,
      `blocks/write  ${path}  (out ${other}, for 2 s)`,
      `blocks/write  ${path}  (out ${other}, for 6 s, reason: killed)`,
      `blocks/write  ${path}  (out ${other} 8080/tcp, for 60 s, finding /torrent.json#1)`,
      `blocks/write  ${path}  (out ${other} 8080/tcp, for 1800 s, dry run, finding /torrent.pcap#1)`,
    ]);
  });
});
