// The events over real connections: cut, resumed, too slow, too many.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { openCertificateAuthority } from "../../../src/pki/certificate-authority.ts";
import { ownerRole } from "../../../src/provider/authorization/built-in-roles.ts";
import { grantRole } from "../../../src/provider/authorization/grants.ts";
import { createAudit } from "../../../src/provider/kernel/audit.ts";
import { createEventsApi } from "../../../src/server/events/events-api.ts";
import {
  createEvents,
  type Events,
  type EventsOptions,
  subscriberCountPerCallerMax,
} from "../../../src/server/events/events.ts";
import { type HttpServer, startHttpServer } from "../../../src/server/http-server.ts";
import { createGuard } from "../../../src/server/nightcap-access.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { watchState } from "../../../src/state/watched-state.ts";
import { makeDirectory, removeDirectory } from "../../provider/control-plane.ts";
import { type EventReader, readEvents } from "./read-events.ts";

const subscription = "/subscriptions/5f2b8f6f-0000-4000-8000-00000000000a";
const caller = { id: "5f2b8f6f-0000-4000-8000-0000000000aa", name: "reader", isBuiltIn: false };
const wait = { timeout: 20_000, interval: 10 };

let directory: string;
let stored: State;
let state: State;
let events: Events;
let server: HttpServer;
let ca: string;
let readers: EventReader[];

beforeEach(async () => {
  directory = await makeDirectory();
  readers = [];
  stored = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  await grantRole(stored, {
    principalId: caller.id,
    role: ownerRole,
    scope: subscription,
    now: 0,
  });
});
afterEach(async () => {
  await events.close();
  await server.close();
  await stored.close();
  await removeDirectory(directory);
});

async function start(more: Partial<EventsOptions> = {}): Promise<void> {
  const metrics = createProcessMetrics();
  events = createEvents({ clock: systemClock, log: silentLog, metrics, ...more });
  await events.open(stored);
  state = watchState(stored, (change) => events.changed(change));
  const authority = await openCertificateAuthority({ directory, clock: systemClock });
  const { keyPem, certificatePem } = await authority.issueServer(["127.0.0.1"]);
  ca = authority.certificatePem;
  const guard = createGuard(
    { state, subscription, clock: systemClock, log: silentLog },
    { audit: createAudit(state), authenticate: async () => caller, addressOf: () => null },
  );
  const api = createEventsApi({ events, guard, state, subscription, callerOf: async () => caller });
  server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: { key: keyPem, cert: certificatePem },
    handlers: [api],
    log: silentLog,
  });
}

async function read(lastId?: string): Promise<EventReader> {
  const headers = lastId === undefined ? {} : { "last-event-id": lastId };
  const reader = await readEvents(`https://127.0.0.1:${server.port}/nightcap/v1/events`, {
    ca,
    headers,
  });
  readers.push(reader);
  return reader;
}

const putIncident = (id: string, inside: State = state) =>
  inside.documents("incidents").put(id, { revision: 7, secret: "not told" });

test("a change is told by its name, once it holds, and nothing is told of what failed", async () => {
  await start();
  const reader = await read();
  expect(reader.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  await vi.waitFor(() => expect(reader.lastId).not.toBe(""), wait);
  await state
    .transact(async (inside) => {
      await putIncident("undone", inside);
      throw new Error("no");
    })
    .catch(() => {});
  await state.transact(async (inside) => {
    await putIncident("done", inside);
    await inside.transact((deeper) => putIncident("deeper", deeper));
    expect(reader.events).toEqual([]);
  });
  await state.documents("unheardOf").put("x", {});
  await state.documents("incidents").put("done", {}, { revision: 99 });
  await state.documents("incidents").delete("done");
  const rule = `${subscription}/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/cpu`;
  await state.resources.put({ id: rule, type: "Microsoft.Insights/metricAlerts", body: {} });
  await state.resources.delete(rule.toUpperCase());
  await vi.waitFor(() => expect(reader.events).toHaveLength(5), wait);
  const at = expect.stringMatching(/^20.*Z$/) as unknown;
  expect(reader.events.map(({ event, data }) => [event, data])).toEqual([
    ["incident", { id: "done", change: "put", revision: 7, at }],
    ["incident", { id: "deeper", change: "put", revision: 7, at }],
    ["incident", { id: "done", change: "deleted", at }],
    ["alert", { id: rule, change: "put", at }],
    ["alert", { id: rule.toUpperCase(), change: "deleted", at }],
  ]);
  const ids = reader.events.map(({ id }) => Number(id));
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
});

test("a thousand events arrive once each and in order, over connections that are cut again and again", async () => {
  await start();
  const wanted = Array.from({ length: 1_000 }, (_, count) => `incident-${count}`);
  const got: string[] = [];
  let lastId = await firstId();
  let cutCount = 0;
  const write = async (from: number): Promise<void> => {
    for (let at = from; at < from + 50; at += 10) {
      const some = wanted.slice(at, at + 10);
      await state.transact(async (inside) => {
        for (const id of some) await putIncident(id, inside);
      });
    }
  };
  for (let from = 0; got.length < wanted.length; from += 100) {
    await write(from); // while nobody reads
    const reader = await read(lastId);
    const writing = write(from + 50);
    const isLast = from >= wanted.length;
    // Cut at some moment: what is on its way then is lost with the connection.
    const enough = isLast ? wanted.length - got.length : 10 + 7 * (cutCount % 9);
    await vi.waitFor(() => expect(reader.events.length).toBeGreaterThanOrEqual(enough), wait);
    reader.cut();
    await Promise.all([reader.ended, writing]);
    expect(reader.events.map(({ event }) => event)).not.toContain("reset");
    got.push(...reader.events.map(({ data }) => String(data["id"])));
    lastId = reader.lastId;
    cutCount++;
  }
  expect(got).toEqual(wanted);
  expect(cutCount).toBeGreaterThan(9);
});

/** The id before all events of this run. */
async function firstId(): Promise<string> {
  const run = await stored.documents<{ firstId: number }>("eventRuns").get("last");
  return String(run?.body.firstId);
}

test("an id that is not known any more, or never was, is answered by a reset", async () => {
  await start({ slotCountMax: 16 });
  const begin = await firstId();
  for (let count = 0; count < 20; count++) await putIncident(`${count}`);
  for (const lost of [begin, "0", "9007199254740993", "-1", "what", "1e3"]) {
    const reader = await read(lost);
    await vi.waitFor(() => expect(reader.events).toHaveLength(1), wait);
    expect(reader.events[0]).toMatchObject({ event: "reset", id: String(Number(begin) + 20) });
    reader.cut();
    await reader.ended;
  }
  const kept = await read(String(Number(begin) + 17));
  await vi.waitFor(() => expect(kept.events).toHaveLength(3), wait);
});

test("after another start the same id is answered by a reset, not by silence", async () => {
  await start();
  await putIncident("a");
  const reader = await read();
  await vi.waitFor(() => expect(reader.lastId).not.toBe(""), wait);
  await events.close();
  await reader.ended;
  await server.close();
  await start();
  const again = await read(reader.lastId);
  await vi.waitFor(() => expect(again.events.map(({ event }) => event)).toEqual(["reset"]), wait);
  expect(Number(again.lastId)).toBeGreaterThan(Number(reader.lastId));
});

test("a reader that takes nothing is cut off, and told so when it is back", async () => {
  await start({ slotCountMax: 4_096, heartbeatMilliseconds: 50, stalledMilliseconds: 300 });
  const slow = await read();
  await vi.waitFor(() => expect(slow.lastId).not.toBe(""), wait);
  slow.stopReading();
  const { lastId } = slow;
  const filler = "x".repeat(900);
  await vi.waitFor(async () => {
    // Far more than sockets hold, so that it is the reader who is waited for.
    for (let count = 0; count < 8_000; count++) {
      events.publish({ kind: "incident", id: `${filler} ${Math.random()}`, change: "put" });
      if (count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await isCut()).toBe(true);
  }, wait);
  const back = await read(lastId);
  await vi.waitFor(() => expect(back.events[0]?.event).toBe("reset"), wait);
  slow.goOn();
  await slow.ended;
});

/** Whether the first reader's place is free again: eight more may come. */
async function isCut(): Promise<boolean> {
  const others = await Promise.all(
    Array.from({ length: subscriberCountPerCallerMax }, () => read()),
  );
  for (const other of others) other.cut();
  await Promise.all(others.map(({ ended }) => ended));
  await new Promise((resolve) => setTimeout(resolve, 20));
  return others.every(({ status }) => status === 200);
}

test("comments keep the connection alive, and only so many may read", async () => {
  await start({ heartbeatMilliseconds: 20 });
  const all: EventReader[] = [];
  for (let count = 0; count < subscriberCountPerCallerMax; count++) all.push(await read());
  const refused = await read();
  expect(refused.status).toBe(429);
  await vi.waitFor(() => expect(all[0]?.comments).toBeGreaterThan(2), wait);
  all[0]?.cut();
  await vi.waitFor(async () => expect((await read()).status).toBe(200), wait);
});
