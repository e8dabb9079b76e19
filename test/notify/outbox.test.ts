import { afterEach, beforeEach, expect, test } from "vitest";
import { attemptCountMax, queueLengthMax } from "../../src/notify/outbox-entry.ts";
import { message, target } from "./messages.ts";
import { openOutboxBed, type OutboxBed } from "./outbox-bed.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

let receiver: Receiver;
let bed: OutboxBed;

beforeEach(async () => {
  receiver = await startReceiver();
  bed = await openOutboxBed([target({ kind: "webhook", url: receiver.url })]);
});
afterEach(async () => {
  await bed.close();
  await receiver.close();
});

const revisions = () =>
  receiver.received.map(({ json }) => (json["data"] as { revision: number }).revision);
const titles = () => receiver.received.map(({ json }) => (json["data"] as { title: string }).title);
const until = (count: number) =>
  expect.poll(() => receiver.received.length, { interval: 5, timeout: 3_000 }).toBe(count);
const quietly = () => new Promise((resolve) => setTimeout(resolve, 60));

test("a message is sent once, however often it is handed in", async () => {
  await bed.outbox.send(message());
  await bed.outbox.send(message());
  await until(1);
  await bed.outbox.send(message());
  await quietly();
  expect(receiver.received).toHaveLength(1);
  await expect.poll(() => bed.counts).toEqual({ sent: 1 });
});

test("what fails is tried again under the same id, and what follows it waits", async () => {
  let count = 0;
  receiver.answer = (response) => void response.writeHead(++count <= 2 ? 503 : 200).end();
  await bed.outbox.send(message());
  await bed.outbox.send(message({ revision: 2, kind: "closed" }));
  // The waits are short here, but the loop looks once a second.
  await expect.poll(revisions, { timeout: 5_000 }).toEqual([1, 1, 1, 2]);
  const ids = new Set(receiver.received.slice(0, 3).map(({ headers }) => headers["webhook-id"]));
  expect(ids.size).toBe(1);
});

test("Retry-After is kept to", async () => {
  receiver.answer = (response) => void response.writeHead(429, { "retry-after": "120" }).end();
  await bed.outbox.send(message());
  await until(1);
  await expect.poll(async () => (await first())?.attemptCount).toBe(1);
  const [stored] = await bed.tables.entries.list();
  expect((stored?.dueAt ?? 0) - bed.clock.now()).toBeGreaterThan(100_000);
});

const first = async () => (await bed.tables.entries.list())[0]?.body;

test("what is refused becomes a dead letter, which can be retried and dropped", async () => {
  receiver.answer = (response) => void response.writeHead(404).end();
  await bed.outbox.send(message());
  await bed.outbox.send(message({ incidentId: "other" }));
  await expect.poll(async () => (await bed.outbox.deadLetters()).length).toBe(2);
  const [letter] = await bed.outbox.deadLetters();
  expect(letter?.entry.lastError).toContain("answered 404");
  receiver.answer = (response) => void response.end();
  expect(await bed.outbox.retry([letter?.id ?? ""])).toBe(1);
  await until(3);
  expect(await bed.outbox.drop(null)).toBe(1);
  expect(await bed.outbox.deadLetters()).toEqual([]);
  expect(bed.counts).toMatchObject({ dead: 2, failed: 2 });
});

test("tries end, and then it is a dead letter too", async () => {
  receiver.answer = (response) => void response.writeHead(500).end();
  await bed.outbox.send(message());
  await expect
    .poll(async () => (await bed.outbox.deadLetters()).length, { timeout: 5_000 })
    .toBe(1);
  expect(receiver.received).toHaveLength(attemptCountMax);
});

test("a target that takes nothing has a bounded queue, and the rest is counted", async () => {
  receiver.answer = (response) => void response.writeHead(429, { "retry-after": "600" }).end();
  await bed.outbox.send(message());
  await expect.poll(async () => (await first())?.attemptCount).toBe(1);
  const entry = await first();
  if (!entry) throw new Error("nothing is there");
  await bed.transact(async ({ entries }) => {
    for (let at = 1; at < queueLengthMax; at++) {
      await entries.put(`ops/i${at}/000000001`, entry, { dueAt: Number.MAX_SAFE_INTEGER });
    }
  });
  await bed.outbox.send(message({ incidentId: "late" }));
  expect(bed.counts["dropped"]).toBe(1);
});

test("incidents within the group's seconds are one message", async () => {
  bed.targets = [target({ kind: "webhook", url: receiver.url, groupSeconds: 30 })];
  for (const [at, host] of ["web-01", "web-02", "db-01"].entries()) {
    const facts = [{ name: "host", value: host }];
    await bed.outbox.send(message({ incidentId: `i${at}`, title: `incident on ${host}`, facts }));
  }
  await bed.outbox.send(
    message({ incidentId: "i0", revision: 2, title: "incident on web-01 goes on" }),
  );
  await quietly();
  expect(receiver.received).toHaveLength(0);
  bed.clock.add(31_000);
  await until(1);
  await quietly();
  expect(titles()).toEqual(["3 incidents on 3 hosts"]);
  expect(receiver.received[0]?.text).toContain("- incident on web-01 goes on (opened): 92 %");
  expect(bed.counts).toMatchObject({ held: 4, sent: 1 });
});

test("one incident alone is told as itself, by its last message", async () => {
  bed.targets = [target({ kind: "webhook", url: receiver.url, groupSeconds: 30 })];
  await bed.outbox.send(message());
  await bed.outbox.send(message({ revision: 2, kind: "answered" }));
  bed.clock.add(31_000);
  await until(1);
  expect(revisions()).toEqual([2]);
});

test("quiet hours hold back what is not severe, and tell it at their end", async () => {
  const now = new Date(bed.clock.now());
  const hour = (add: number) => `${String((now.getUTCHours() + add) % 24).padStart(2, "0")}:00`;
  const quietHours = { timeZone: "UTC", from: hour(0), to: hour(2), breakThroughSeverities: [0] };
  bed.targets = [target({ kind: "webhook", url: receiver.url, quietHours })];
  await bed.outbox.send(message({ incidentId: "a", title: "a" }));
  await bed.outbox.send(message({ incidentId: "b", title: "b" }));
  await bed.outbox.send(message({ incidentId: "c", title: "severe", severity: 0 }));
  await until(1);
  bed.clock.add(2 * 3_600_000);
  await until(2);
  expect(titles()).toEqual(["severe", "2 incidents on 1 host"]);
});

test("PagerDuty gets no message about several incidents, for nothing could resolve it", async () => {
  const fields = { url: receiver.url, secret: "key", groupSeconds: 30 };
  bed.targets = [target({ kind: "pagerDuty", ...fields })];
  await bed.outbox.send(message({ incidentId: "a" }));
  await bed.outbox.send(message({ incidentId: "b" }));
  bed.clock.add(31_000);
  await until(2);
  expect(new Set(receiver.received.map(({ json }) => json["dedup_key"]))).toEqual(
    new Set(["a", "b"]),
  );
});

test("no more than its rate reaches a target in a minute", async () => {
  bed.targets = [target({ kind: "webhook", url: receiver.url, ratePerMinuteMax: 2 })];
  for (const incidentId of ["a", "b", "c", "d"]) await bed.outbox.send(message({ incidentId }));
  await until(2);
  await quietly();
  expect(receiver.received).toHaveLength(2);
  bed.clock.add(60_001);
  await until(4);
});
