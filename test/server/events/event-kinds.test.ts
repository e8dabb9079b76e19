import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { type EventSubject, subjectOf } from "../../../src/server/events/event-kinds.ts";
import { createEvents } from "../../../src/server/events/events.ts";
import { tellAway } from "../../../src/server/events/tell-away.ts";
import { openState } from "../../../src/state/state.ts";
import type { StateChange } from "../../../src/state/watched-state.ts";
import { makeDirectory, removeDirectory } from "../../provider/control-plane.ts";
import { group, machineId, watcherId } from "../../provider/names.ts";

const captureId = `${watcherId}/packetCaptures/night`;
const document = (collection: string, key: string, body: object | null): StateChange => ({
  collection,
  key,
  body,
  revision: body && 3,
});
const resource = (key: string, body: object | null): StateChange => ({
  collection: null,
  key,
  body,
  revision: null,
});

test.each<[StateChange, EventSubject | null]>([
  [
    document("incidents", "3f1c", { revision: 5, title: "not told" }),
    { kind: "incident", id: "3f1c", change: "put", revision: 5 },
  ],
  [document("incidents", "3f1c", null), { kind: "incident", id: "3f1c", change: "deleted" }],
  [
    document("captureSessions", "a-session", { captureId, storagePath: "not told" }),
    { kind: "capture", id: captureId, change: "put" },
  ],
  [document("captureSessions", "a-session", null), null],
  [resource(captureId, null), { kind: "capture", id: captureId, change: "deleted" }],
  [
    document("machines", machineId.toLowerCase(), { resourceId: machineId }),
    { kind: "host", id: machineId, change: "put" },
  ],
  [
    document("machines", machineId.toLowerCase(), null),
    { kind: "host", id: machineId.toLowerCase(), change: "deleted" },
  ],
  [resource(machineId, {}), { kind: "host", id: machineId, change: "put" }],
  [
    document("alerts", "an-alert", {}),
    { kind: "alert", id: "an-alert", change: "put", revision: 3 },
  ],
  [
    resource(`${group}/providers/microsoft.insights/METRICALERTS/cpu`, {}),
    {
      kind: "alert",
      id: `${group}/providers/microsoft.insights/METRICALERTS/cpu`,
      change: "put",
    },
  ],
  [
    document("notificationOutbox", "mail/3f1c/000000001", {}),
    { kind: "notification", id: "mail/3f1c/000000001", change: "put", revision: 3 },
  ],
  [
    document("notificationDeadLetters", "7", {}),
    { kind: "trouble", id: "7", change: "put", revision: 3 },
  ],
  [
    document("blockHosts", "host-1", {}),
    { kind: "block", id: "host-1", change: "put", revision: 3 },
  ],
  // What says who may come in, and what is of no interest to a page.
  [document("users", "u", { password: {} }), null],
  [document("webSessions", "digest", {}), null],
  [document("signInLinks", "digest", {}), null],
  [resource(group, {}), null],
  [resource("no id at all", {}), null],
])("change %# of the state is told as what a page knows it by", (change, subject) => {
  expect(subjectOf(change)).toEqual(subject);
});

test("a host whose agent goes away is told of, and one that is not known is not", async () => {
  const directory = await makeDirectory();
  const state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  const metrics = createProcessMetrics();
  const events = createEvents({ clock: systemClock, log: silentLog, metrics });
  const isAllowed = async () => true;
  const reader = events.subscribe({ callerId: "a", after: null, isAllowed, cut: () => {} });
  expect(await reader.read()).toMatch(/^retry: 2000\nid: \d+\n\n$/);
  await state.documents("hosts").put("host-1", { resourceId: machineId });
  await tellAway({ state, events, log: silentLog }, "host-2");
  await tellAway({ state, events, log: silentLog }, "host-1");
  expect(await reader.read()).toMatch(
    new RegExp(
      `^id: \\d+\\nevent: host\\ndata: {"id":"${machineId}","change":"put","at":"[^"]+"}\\n\\n$`,
    ),
  );
  await events.close();
  expect(await reader.read()).toBeNull();
  await state.close();
  await removeDirectory(directory);
});
