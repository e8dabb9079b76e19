import { expect, test } from "vitest";
import { openOwners } from "../../src/agent/owners.ts";
import type { Log } from "../../src/common/log.ts";
import { silentLog } from "../../src/common/log.ts";
import { newRecord } from "../../src/capture/session-record.ts";
import { ownerSettings } from "../../src/owner/settings.ts";
import { specOf } from "../capture/sessions.ts";
import { eventually } from "../flowmeter/metering.ts";

const settings = ownerSettings.parse({});
const { observation } = newRecord(specOf({ filePath: null }));

test("owners are known from a moment after the start on, also while a session records", async () => {
  const owners = openOwners({ settings, networkNamespace: null, log: silentLog });
  try {
    const before = Date.now() - 60_000;
    expect(await owners.linesOf({ from: before, to: Date.now() })).toBeNull();
    owners.observe({ ...observation, phase: "recording" });
    const ask = () => owners.linesOf({ from: before, to: Date.now() });
    expect(await eventually(async () => (await ask()) !== null)).toBe(true);
    owners.observe({ ...observation, phase: "finished" });
    const last = (await ask())?.trim().split("\n").at(-1) ?? "";
    const summary = JSON.parse(last) as { from: number; scans: number };
    // What was before its start is not covered, and of a time wholly before it nothing is said.
    expect(summary.from).toBeGreaterThan(before + 60_000);
    expect(summary.scans).toBeGreaterThan(0);
    expect(await owners.linesOf({ from: before, to: before + 1 })).toBeNull();
  } finally {
    await owners.close();
  }
});

test("a host that does not want it kept has no watch, and one that cannot says why", async () => {
  const never = openOwners({
    settings: { ...settings, enabled: false },
    networkNamespace: "is-not-there",
    log: silentLog,
  });
  expect(await never.linesOf({ from: 0, to: 1 })).toBeNull();
  await never.close();
  const warned: unknown[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => void warned.push(fields) } as Log;
  const owners = openOwners({ settings, networkNamespace: "is-not-there", log });
  expect(await eventually(() => warned.length > 0)).toBe(true);
  expect(warned).toMatchObject([{ reason: expect.stringContaining('"is-not-there"') as string }]);
  expect(await owners.linesOf({ from: 0, to: 1 })).toBeNull();
  await owners.close();
});
