import { afterAll, beforeAll, expect, test } from "vitest";
import type { DocumentTable } from "../../src/common/documents.ts";
import { accountOf } from "../../src/incident/incident.ts";
import { recordHost } from "../provider/control-plane.ts";
import { alertRequest, legacyAlert } from "../responder/alerts.ts";
import { type ArmBed, startArmBed } from "../responder/arm-bed.ts";
import { openResponder, testSettings } from "../responder/open-responder.ts";

let bed: ArmBed;
const signal = AbortSignal.timeout(3_600_000);
beforeAll(async () => void (bed = await startArmBed()));
afterAll(() => bed.close());

/** Writes that go through before the process is as good as dead: nothing is written any more. */
function dyingTables(writeCount: number) {
  let left = writeCount;
  return <Body extends object>(table: DocumentTable<Body>): DocumentTable<Body> => ({
    ...table,
    async put(...parameters) {
      if (left-- <= 0) throw new Error("killed");
      return table.put(...parameters);
    },
  });
}

// Two alerts of one host: one records, one shares. Their books take some thirty writes; each of these is a crash after one.
test.each([1, 2, 3, 4, 5, 6, 8, 11, 15, 20])(
  "dead after %i writes, the next process ends with one incident, one recording, one notification",
  async (writeCount) => {
    const file = `dies-${writeCount}.db`;
    const host = await recordHost(bed.plane.state, { name: `dies-${writeCount}` });
    const rules = [`a-${writeCount}`, `b-${writeCount}`];
    const settings = testSettings();
    const send = async (to: Awaited<ReturnType<typeof openResponder>>) => {
      for (const rule of rules) {
        await to.handler(alertRequest(legacyAlert({ rule, target: host.machineId })));
      }
    };
    const before = bed.startedCount();
    const dying = await openResponder(bed, {
      file,
      storm: {},
      settings,
      wrap: dyingTables(writeCount),
    });
    await send(dying);
    for (let round = 0; round < 8; round++) await dying.runDue(signal);
    await dying.close();
    const next = await openResponder(bed, { file, storm: {}, settings });
    await send(next);
    const isDone = async () => {
      await next.runDue(signal);
      const jobs = await next.listJobs();
      return jobs.length === 2 && jobs.every(({ step }) => step === "done");
    };
    await expect.poll(isDone, { timeout: 20_000, interval: 20 }).toBe(true);
    const [incident, ...others] = await next.listIncidents();
    expect(others).toEqual([]);
    expect(incident && accountOf(incident)).toEqual({
      recording: 1,
      delayed: 0,
      merged: 1,
      refused: 0,
    });
    expect(bed.startedCount() - before).toBe(1);
    expect((await next.tables.gate.get("gate"))?.body).toEqual({
      running: [],
      waiting: [],
      refused: [],
    });
    expect(incident?.updates.filter(({ kind }) => kind === "answered")).toHaveLength(1);
    const ids = bed.received.filter(({ notification }) =>
      rules.includes(notification.alert.ruleName),
    );
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
    await next.close();
  },
);
