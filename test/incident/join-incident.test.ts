import { expect, test } from "vitest";
import {
  accountOf,
  alertCountMax,
  type Incident,
  newIncident,
  withCapture,
} from "../../src/incident/incident.ts";
import { belongsTo, joinIncident, type JoiningAlert } from "../../src/incident/join-incident.ts";
import { incidentSettings } from "../../src/incident/settings.ts";
import { dueAtOf, passTime, withUpdate } from "../../src/incident/updates.ts";

const settings = incidentSettings.parse({});
const alert = (name: string, change: Partial<JoiningAlert> = {}): JoiningAlert => ({
  key: `key-${name}`,
  jobId: name,
  rule: name,
  severity: 3,
  firedTime: 0,
  acceptedAt: 1_000,
  filters: [],
  timeLimitSeconds: 60,
  moment: 0,
  ...change,
});
const empty = newIncident({ incidentId: "i", resourceId: "/vm/web-1", openedAt: 0 });
const join = (incident: Incident, one: JoiningAlert, now = 1_000): Incident =>
  joinIncident(incident, one, { settings, now });
const begun = (incident: Incident, endsAt: number) =>
  withCapture(incident, "a", { state: "recording", endsAt });

test("the first alert records, the next shares; a second delivery changes nothing", () => {
  const first = join(empty, alert("a"));
  const both = join(first, alert("b", { severity: 1, acceptedAt: 2_000 }));
  expect(both).toMatchObject({
    severity: 1,
    lastAlertAt: 2_000,
    alerts: [
      { role: "recording", recordingId: "a", why: null },
      { role: "merged", recordingId: "a", why: "shares recording a" },
    ],
    captures: [{ recordingId: "a", severity: 1, state: "waiting" }],
  });
  expect(join(both, alert("b"))).toBe(both);
});

test("an alert that asks for other packets has a recording of its own, and says why", () => {
  const narrow = join(empty, alert("a", { filters: [{ protocol: "UDP" }] }));
  const both = join(narrow, alert("b"));
  expect(both.captures).toHaveLength(2);
  expect(both.alerts[1]).toMatchObject({
    role: "recording",
    recordingId: "b",
    why: "the filter of recording a leaves out what it asks for",
  });
  // A third one finds the wide recording.
  expect(join(both, alert("c")).alerts[2]).toMatchObject({ role: "merged", recordingId: "b" });
});

test("a recording that waits is made longer up to the bound, and begins earlier", () => {
  const first = join(empty, alert("a", { moment: 500 }));
  const longer = join(first, alert("b", { timeLimitSeconds: 90, moment: 100 }));
  expect(longer.captures[0]).toMatchObject({ timeLimitSeconds: 90, moment: 100 });
  expect(longer.alerts[1]?.why).toBe("shares recording a, made 30 s longer");
  const bounded = join(first, alert("b", { timeLimitSeconds: 900 }));
  expect(bounded.captures[0]?.timeLimitSeconds).toBe(settings.extendSecondsMax);
  expect(bounded.alerts[1]?.why).toBe(
    "shares recording a: 600 of 900 s after the alert are in it, the limit of extension",
  );
});

test("a recording under way is shared as long as it goes on for long enough, and says how much is in it", () => {
  const running = begun(join(empty, alert("a")), 61_000);
  const shared = join(running, alert("b", { acceptedAt: 31_000 }), 31_000);
  expect(shared.alerts[1]).toMatchObject({
    role: "merged",
    why: "shares recording a: 30 of 60 s after the alert are in it; one under way cannot be made longer",
  });
  expect(shared.captures[0]?.timeLimitSeconds).toBe(60);
  const late = join(running, alert("b", { acceptedAt: 52_000 }), 52_000);
  expect(late.alerts[1]).toMatchObject({
    role: "recording",
    why: "recording a ends in 9 s, and one under way cannot be made longer",
  });
});

test("an alert belongs to the incident until its recordings end, for ten minutes at most", () => {
  const running = begun(join(empty, alert("a")), 900_000);
  const at = (acceptedAt: number) => alert("b", { acceptedAt });
  expect(belongsTo(running, at(599_999), settings)).toBe(true);
  expect(belongsTo(running, at(600_000), settings)).toBe(false);
  const over = withCapture(running, "a", { state: "ended" });
  expect(belongsTo(over, at(2_000), settings)).toBe(false);
  const fixed = incidentSettings.parse({ windowSeconds: 5 });
  expect(belongsTo(over, at(4_999), fixed)).toBe(true);
  expect(belongsTo(over, at(5_000), fixed)).toBe(false);
  expect(belongsTo({ ...running, state: "closed" }, at(2_000), settings)).toBe(false);
});

test("a full incident takes no more, and more filters than it can have recordings are refused", () => {
  let many = empty;
  for (let index = 0; index < alertCountMax; index++) {
    many = join(many, alert(`${index}`, { filters: [{ localPort: `${index + 1}` }] }));
  }
  expect(accountOf(many)).toEqual({ recording: 32, delayed: 0, merged: 0, refused: 168 });
  expect(many.alerts.at(-1)?.why).toBe("the incident has 32 recordings already");
  expect(belongsTo(many, alert("next"), settings)).toBe(false);
});

test("alerts that share a refused recording count as refused", () => {
  const both = join(join(empty, alert("a")), alert("b"));
  const refused = withCapture(both, "a", { state: "refused" });
  expect(accountOf(refused)).toEqual({ recording: 0, delayed: 0, merged: 0, refused: 2 });
});

test("an incident is told of when opened, when more alerts came, and when it is over", () => {
  let incident = withUpdate(join(empty, alert("a")), { kind: "opened", at: 1_000 });
  expect(incident.updates).toMatchObject([
    { revision: 1, kind: "opened", title: "incident on web-1 opened (severity 3)" },
  ]);
  expect(passTime(incident, 2_000, settings)).toBe(incident);
  const sent = (one: Incident): Incident => ({
    ...one,
    updates: one.updates.map((each) => ({ ...each, state: "sent" as const })),
  });
  incident = sent(join(incident, alert("b")));
  expect(dueAtOf(incident, 2_000, settings)).toBe(31_000);
  incident = passTime(incident, 31_000, settings);
  expect(incident.updates[1]).toMatchObject({ revision: 2, kind: "updated" });
  expect(incident.updates[1]?.text).toBe(
    "2 alerts of 2 rules (a, b): 1 being recorded, 1 sharing a recording",
  );
  // Not while somebody still has to be told how the recording ended.
  incident = withCapture(incident, "a", { state: "ended" });
  expect(passTime(incident, 10_000_000, settings).state).toBe("open");
  incident = sent(withCapture(incident, "a", { outcome: "complete" }));
  expect(dueAtOf(incident, 31_000, settings)).toBe(1_000 + 900_000);
  expect(passTime(incident, 901_000, settings)).toMatchObject({
    state: "closed",
    closedAt: 901_000,
  });
  const alerts = incident.alerts.map((each) => ({ ...each, resolvedAt: 40_000 }));
  const resolved = passTime({ ...incident, alerts }, 40_000, settings);
  expect(resolved).toMatchObject({
    state: "closed",
    updates: [{}, {}, { revision: 3, kind: "closed" }],
  });
});
