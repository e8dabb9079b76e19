// kill -9 between an incident's update and the outbox.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Incident } from "../../src/incident/incident.ts";
import { openState } from "../../src/state/state.ts";
import { startReceiver } from "../notify/receiver.ts";
import { sampleIncident } from "./sample.ts";

const program = fileURLToPath(new URL("publish-process.ts", import.meta.url));

test("killed before and after the outbox has an update, each is told, under its incident and revision", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-publish-crash-"));
  const path = join(directory, "state.db");
  const receiver = await startReceiver();
  const state = await openState({ kind: "sqlite", path });
  const incidents = state.documents<Incident>("incidents");
  const incident = sampleIncident({ answered: true });
  await incidents.put(incident.incidentId, incident, { dueAt: Date.now() });
  const start = (point: string) =>
    spawn(process.execPath, [program, path, receiver.url, point], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  const updates = async () =>
    (await incidents.get(incident.incidentId))?.body.updates.map((update) => update.state);
  for (const [point, left] of [
    ["before", ["waiting", "waiting"]],
    ["after", ["sent", "waiting"]],
  ] as const) {
    const child = start(point);
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await updates()).toEqual(left);
  }
  const child = start("none");
  const told = () =>
    receiver.received.map(({ json }) => {
      const { incidentId, revision, kind } = json["data"] as Record<string, unknown>;
      return [incidentId, revision, kind];
    });
  // The quiet time is long over: it is closed too.
  await expect.poll(() => told().length, { timeout: 5_000 }).toBe(3);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(told()).toEqual([
    [incident.incidentId, 1, "opened"],
    [incident.incidentId, 2, "answered"],
    [incident.incidentId, 3, "closed"],
  ]);
  expect(await updates()).toEqual(["sent", "sent", "sent"]);
  await state.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});
