// Continuous captures and captures of scale sets by the command line, from dumpcap to the store: two
// hosts, real traffic, and kill -9 of agent and control plane in the middle.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { getCapture, type PacketCapture } from "../../src/cli/capture-resources.ts";
import { run } from "../../src/common/run.ts";
import type { GroupMember } from "../../src/report/group-report.ts";
import { skipReason } from "../bed/availability.ts";

import { openTestBed, type TestBed } from "../bed/bed.ts";
import { callResponder } from "./call-responder.ts";
import { type Installation, openInstallation } from "./installation.ts";
import { tsharkFields } from "./tshark.ts";

const capturesFolder = "/var/captures";
const stepTimeout = { timeout: 40_000, interval: 100 };
/** 100 kB a second from each host. */
const trafficScript = `
  const socket = require("node:dgram").createSocket("udp4");
  const data = Buffer.alloc(1000, "steady ");
  setInterval(() => socket.send(data, 9, process.argv[1]), 10);
`;

const reason = skipReason();
describe.skipIf(reason !== null)(
  `several files, several hosts${reason === null ? "" : ` (${reason})`}`,
  { timeout: 120_000 },
  () => {
    let bed: TestBed;
    let installation: Installation;
    let folder = "";

    beforeAll(async () => {
      bed = await openTestBed();
      folder = join(capturesFolder, bed.name);
      const options = { captureSeconds: 1, fileRoot: folder, scaleSet: "web" };
      installation = await openInstallation(bed, options);
      await installation.addAgent("second", "client");
      const [target = ""] = bed.addresses("internet").ipv4;
      for (const host of ["vm", "client"] as const) {
        bed.spawn(host, process.execPath, ["-e", trafficScript, target], { stdio: "ignore" });
      }
    }, 60_000);
    afterAll(async () => {
      await installation?.close();
      await bed?.close();
      await rm(folder, { recursive: true, force: true });
      await rmdir(capturesFolder).catch(() => {}); // others' captures are in it, or it is not there
    });

    async function nightcap(...args: string[]): Promise<string> {
      const state = join(installation.directory, "server");
      const command = [resolve("src/main.ts"), "capture", ...args, "--state", state];
      const options = { timeoutMilliseconds: 60_000 };
      const { code, stdout, stderr } = await run(process.execPath, command, options);
      expect(code, `nightcap capture ${args.join(" ")}\n${stderr}`).toBe(0);
      return stdout;
    }
    const found = async (name: string): Promise<PacketCapture> =>
      getCapture(installation.client, name);
    const filesOf = async (name: string) => (await found(name)).properties.nightcap?.files;
    const overwritten = async (name: string): Promise<number> =>
      (await filesOf(name))?.overwrittenCount ?? 0;
    const sha256Of = (path: string): string =>
      createHash("sha256").update(readFileSync(path)).digest("hex");

    test("a ring goes on through kills, its store holds its files and no others", async () => {
      const localPath = join(folder, "ring.cap");
      const ring = ["--continuous", "--file-count", "3", "--file-size", "50kB"];
      await nightcap("create", "ring", "--vm", "vm", ...ring, "--file-path", localPath);
      await vi.waitFor(
        async () => expect(await overwritten("ring")).toBeGreaterThan(1),
        stepTimeout,
      );
      await installation.killServer();
      await installation.restartServer();
      await installation.killAgent();
      await installation.restartAgent();
      const before = await overwritten("ring");
      await vi.waitFor(
        async () => expect(await overwritten("ring")).toBeGreaterThan(before + 3),
        stepTimeout,
      );
      expect(readdirSync(folder).length).toBeLessThanOrEqual(4);

      await nightcap("stop", "ring");
      await vi.waitFor(async () => {
        const { nightcap: details } = (await found("ring")).properties;
        expect(details).toMatchObject({ phase: "finished", sha256Verified: true });
      }, stepTimeout);
      const files = await filesOf("ring");
      expect(files?.count).toBe(3);
      const { nightcap: details } = (await found("ring")).properties;
      expect(details?.report?.text).toContain("packets");

      const fetched = join(installation.directory, "fetched");
      await nightcap("download", "ring", "--output", fetched);
      const stored =
        files?.newest.map(({ storagePath }) => storagePath?.split("/").at(-1) ?? "") ?? [];
      expect(readdirSync(fetched).toSorted()).toEqual(stored.toSorted());
      expect(capturesAmong(readdirSync(folder)).toSorted()).toEqual(
        files?.newest.map(({ name }) => `ring_${name}.cap`),
      );
      for (const { name, sha256, sizeBytes } of files?.newest ?? []) {
        expect(sizeBytes).toBeLessThanOrEqual(50_000);
        const blob = stored.find((each) => each.includes(name)) ?? "";
        expect(sha256Of(join(fetched, blob))).toBe(sha256);
        expect(sha256Of(join(folder, `ring_${name}.cap`))).toBe(sha256);
        const lengths = await tsharkFields(join(fetched, blob), ["frame.len"]);
        expect(lengths.length).toBeGreaterThan(0);
      }
      expect(capturesAmong(await blobsUnder("packetcapture_"))).toHaveLength(3);
      const shown = await nightcap("show", "ring");
      expect(shown).toContain("ring of 3 of 50000 bytes");
      expect(shown).toContain("kept     3 files");
    });

    test("a scale set's capture has a verified file and a report of each host", async () => {
      await nightcap("create", "set", "--scale-set", "web", "--seconds", "3", "--wait");
      const { properties } = await found("set");
      const members = properties.nightcap?.members ?? [];
      expect(members).toMatchObject(
        ["second", "vm"].map((instanceId) => ({
          instanceId,
          packetCaptureStatus: "Stopped",
          stopReason: "TimeExceeded",
          sha256Verified: true,
        })),
      );
      const fetched = join(installation.directory, "set");
      await nightcap("download", "set", "--output", fetched);
      const names = readdirSync(fetched).toSorted();
      expect(names.map((name) => name.split("-")[0])).toEqual(["second", "vm"]);
      for (const [index, name] of names.entries()) {
        expect(sha256Of(join(fetched, name))).toBe(members[index]?.sha256);
        const [address = ""] = bed.addresses(index === 0 ? "client" : "vm").ipv4;
        const sources = (await tsharkFields(join(fetched, name), ["ip.src"])).flat();
        expect(sources.filter((source) => source === address).length).toBeGreaterThan(100);
      }
      const shown = await nightcap("show", "set");
      expect(shown).toContain("  second: Stopped (TimeExceeded)");
      expect(
        (await reportTogether("set")).members.map(({ host }) => host ?? "").toSorted(),
      ).toEqual(["second", "vm"]);
    });

    test("rings on two hosts that begin in the past have files before them, and one report", async () => {
      const window = ["--continuous", "--look-back", "2s", "--seconds", "2"];
      const hosts = ["--host", "vm", "--host", "second"];
      const shown = await nightcap("create", "both", ...hosts, ...window, "--wait");
      const names = ["both-second", "both-second-before", "both-vm", "both-vm-before"];
      for (const name of names) expect(shown).toContain(`${name}: Stopped (TimeExceeded)`);
      const { members } = await reportTogether("both-vm-before");
      expect(members.map(({ captureName }) => captureName).toSorted()).toEqual(names);
      expect(members.every(({ summary }) => summary !== null)).toBe(true);
      const { nightcap: details } = (await found("both-vm-before")).properties;
      expect(details?.coverage?.asked.beforeSeconds).toBe(2);
    });

    test("an alert on two hosts has one report, which each of its notifications leads to", async () => {
      const { machineId, received } = installation;
      const machines = [machineId, machineId.replace(/[^/]+$/, "second")];
      const firedDateTime = new Date().toISOString();
      const id = machineId.replace(/virtualMachines.*$/i, "rule");
      await callResponder(installation, {
        schemaId: "azureMonitorCommonAlertSchema",
        data: {
          essentials: {
            alertId: id,
            alertRule: "both-hosts",
            alertRuleID: id,
            severity: "Sev3",
            signalType: "Metric",
            monitorCondition: "Fired",
            monitoringService: "Platform",
            alertTargetIDs: machines,
            firedDateTime,
            essentialsVersion: "1.0",
            alertContextVersion: "1.0",
          },
          alertContext: {},
        },
      });
      const told = await vi.waitFor(() => {
        const texts = received.map(({ body }) => String(body["text"]));
        const ours = texts.filter((text) => text.includes('"both-hosts"'));
        expect(ours).toHaveLength(2);
        return ours;
      }, stepTimeout);
      const links = told.map(
        (text) => /^Alert both-hosts .*, all captures: (.+)$/m.exec(text)?.[1],
      );
      expect(links[0]).toMatch(/^https:/);
      expect(links[1]).toBe(links[0]);
      const { members } = await reportAt(links[0] ?? "");
      expect(members.map(({ host }) => host ?? "").toSorted()).toEqual(["second", "vm"]);
    });

    /** What the one report says that the capture leads to. */
    async function reportTogether(name: string): Promise<{ members: GroupMember[] }> {
      const [report, ...others] = (await found(name)).properties.nightcap?.groupReports ?? [];
      expect(others).toEqual([]);
      expect(await nightcap("show", name)).toContain(`together ${report?.title}: ${report?.link}`);
      return reportAt(report?.link ?? "");
    }

    async function reportAt(link: string): Promise<{ members: GroupMember[] }> {
      const { pathname, search } = new URL(link);
      const path = `${pathname.replace(/html$/, "json")}${search}`;
      return (await installation.client.request("GET", path)) as { members: GroupMember[] };
    }

    test("files until they are full end by themselves", async () => {
      const several = ["--end-when-full", "--file-count", "2", "--file-size", "30kB"];
      await nightcap("create", "full", "--vm", "second", ...several, "--wait");
      const shown = await nightcap("show", "full");
      expect(shown).toContain("full: Stopped (SizeExceeded)");
      expect(shown).toContain("kept     2 files, 0 overwritten");
      await nightcap("delete", "full");
    });

    /** Names of the blobs in the store whose last part begins so, of the first capture's host. */
    async function blobsUnder(prefix: string): Promise<string[]> {
      const { storageLocation } = (await found("ring")).properties;
      const base =
        storageLocation.storagePath
          ?.split("/")
          .at(-1)
          ?.replace(/\.cap$/, "") ?? "";
      expect(base).toContain(prefix);
      const store = join(installation.directory, "server", "store");
      const all = readdirSync(store, { recursive: true, encoding: "utf8" });
      const text = await Promise.all(
        all
          .filter((path) => path.endsWith(".json"))
          .map(async (path) => readFileSync(join(store, path), "utf8")),
      );
      return text.filter((each) => each.includes(base));
    }
  },
);

/** Without what lies beside them: who owned the sockets, and the manifest. */
const capturesAmong = (texts: readonly string[]): string[] =>
  texts.filter((text) => !/\.cap\.(owners\.jsonl|manifest\.json)/.test(text));
