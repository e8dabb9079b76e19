import { expect, test } from "vitest";
import {
  advanceGate,
  emptyGate,
  enterGate,
  type Gate,
  type GateEntry,
  leaveGate,
  raiseInGate,
  standingOf,
  withOthers,
} from "../../src/incident/gate.ts";
import { type IncidentSettings, incidentSettings } from "../../src/incident/settings.ts";

const entry = (name: string, change: Partial<GateEntry> = {}): GateEntry => ({
  recordingId: name,
  jobKey: `job-${name}`,
  host: `host-${name}`,
  rule: `rule-${name}`,
  severity: 3,
  since: 0,
  ...change,
});
const time = (change: Partial<IncidentSettings>, now = 0) => ({
  settings: incidentSettings.parse(change),
  now,
});
const enterAll = (entries: GateEntry[], at: ReturnType<typeof time>): Gate =>
  entries.reduce((gate, each) => enterGate(gate, each, at), emptyGate);
const names = (list: readonly { recordingId: string }[]) =>
  list.map(({ recordingId }) => recordingId);

test("places are given by severity, then by age, as they come free", () => {
  const one = time({ recordingCountMax: 1 });
  const others = [
    entry("late", { severity: 1, since: 9 }),
    entry("mild", { severity: 4 }),
    entry("early", { severity: 1, since: 8 }),
    entry("worst", { severity: 0, since: 10 }),
  ];
  let gate = enterAll([entry("first", { severity: 4 }), ...others], one);
  expect(names(gate.running)).toEqual(["first"]);
  expect(standingOf(gate, "mild", one)).toEqual({
    kind: "waiting",
    position: 4,
    why: "1 recordings are under way",
  });
  const order: string[] = [];
  while (gate.running.length > 0) {
    const [place] = gate.running;
    order.push(place?.recordingId ?? "");
    gate = leaveGate(gate, place?.recordingId ?? "", one);
  }
  expect(order).toEqual(["first", "worst", "early", "late", "mild"]);
});

test("captures that somebody made by hand take places of their host, and of no other", () => {
  const limits = time({ hostRecordingCountMax: 2 });
  const others = [
    { host: "H1", name: "by-hand" },
    { host: "h2", name: "another" },
  ];
  const known = withOthers(emptyGate, others);
  expect(withOthers(known, others)).toBe(known);
  const entries = [entry("a", { host: "h1" }), entry("b", { host: "h1" }), entry("c")];
  const gate = entries.reduce((all, each) => enterGate(all, each, limits), known);
  expect(names(gate.running)).toEqual(["a", "c"]);
  expect(standingOf(gate, "b", limits)).toMatchObject({
    why: "2 of its host are under way, 1 of them made by hand",
  });
  expect(names(advanceGate(withOthers(gate, []), limits).running)).toEqual(["a", "c", "b"]);
  // A place that is given back does not make it forget them.
  expect(leaveGate(gate, "c", limits).others).toEqual(others);
});

test("one host's and one rule's limits hold its own back and nobody else", () => {
  const limits = time({ hostRecordingCountMax: 1, ruleRecordingCountMax: 2 });
  const gate = enterAll(
    [
      entry("a", { host: "h1", rule: "r" }),
      entry("b", { host: "h1", severity: 0 }),
      entry("c", { host: "h2", rule: "r" }),
      entry("d", { host: "h3", rule: "r" }),
      entry("e"),
    ],
    limits,
  );
  expect(names(gate.running)).toEqual(["a", "c", "e"]);
  expect(standingOf(gate, "b", limits)).toMatchObject({ why: "1 of its host are under way" });
  expect(standingOf(gate, "d", limits)).toMatchObject({ why: "2 of its rule are under way" });
});

test("one that has waited for the bound goes before more severe ones", () => {
  const settings = { recordingCountMax: 1, starvingSeconds: 60 };
  let gate = enterAll([entry("first"), entry("starving", { severity: 4 })], time(settings));
  gate = enterGate(gate, entry("worst", { severity: 0, since: 60_000 }), time(settings, 60_000));
  gate = leaveGate(gate, "first", time(settings, 60_000));
  expect(names(gate.running)).toEqual(["starving"]);
});

test("a full queue refuses the least important, be it the newcomer or not", () => {
  const full = time({ recordingCountMax: 1, queueLengthMax: 2 });
  const gate = enterAll(
    [
      entry("first"),
      entry("mild", { severity: 4 }),
      entry("b", { since: 1 }),
      entry("c", { since: 2 }),
      entry("d", { since: 3 }),
    ],
    full,
  );
  expect(names(gate.waiting)).toEqual(["b", "c"]);
  expect(names(gate.refused)).toEqual(["mild", "d"]);
  expect(standingOf(gate, "d", full)).toEqual({
    kind: "refused",
    why: "the queue is full: 2 recordings wait, all of them before this one",
  });
  // Once its job has taken note of it, it is forgotten.
  expect(standingOf(leaveGate(gate, "d", full), "d", full)).toEqual({ kind: "unknown" });
});

test("one that waits for too long is refused as too old", () => {
  const settings = { recordingCountMax: 1, waitSecondsMax: 5 };
  const gate = enterAll([entry("first"), entry("second")], time(settings));
  expect(advanceGate(gate, time(settings, 4_999)).refused).toEqual([]);
  expect(advanceGate(gate, time(settings, 5_000)).refused).toMatchObject([
    { recordingId: "second", why: "too old: waited for 5 s for a place" },
  ]);
});

test("entering twice changes nothing, a severer alert moves its recording up", () => {
  const one = time({ recordingCountMax: 1 });
  const gate = enterAll([entry("first"), entry("a"), entry("b", { since: 1 })], one);
  expect(enterGate(gate, entry("a", { severity: 0 }), one)).toBe(gate);
  const raised = raiseInGate(gate, "b", 1);
  expect(raiseInGate(raised, "b", 2)).toBe(raised);
  expect(names(leaveGate(raised, "first", one).running)).toEqual(["b"]);
});

test("a place that nobody gives back is taken back after seven hours", () => {
  const one = time({ recordingCountMax: 1, waitSecondsMax: 86_400 });
  const gate = enterAll([entry("lost"), entry("next")], one);
  expect(
    names(
      advanceGate(gate, time({ recordingCountMax: 1, waitSecondsMax: 86_400 }, 7 * 3_600_000))
        .running,
    ),
  ).toEqual(["next"]);
});
