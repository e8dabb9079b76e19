import { expect, test } from "vitest";
import { answerOf, withCapture } from "../../src/incident/incident.ts";
import { type IncidentMessage, messageOf, sentenceOf } from "../../src/incident/message.ts";
import { incidentSettings } from "../../src/incident/settings.ts";
import { passTime, withUpdate } from "../../src/incident/updates.ts";
import { openedAt, reportLink, sampleIncident, sentence } from "./sample.ts";

const last = (incident: Parameters<typeof messageOf>[0]): IncidentMessage => {
  const update = incident.updates.at(-1);
  if (!update) throw new Error("nothing to tell");
  return messageOf(incident, update);
};

test("what is told when it opens says host, rules and metric", () => {
  expect(last(sampleIncident())).toMatchInlineSnapshot(`
    {
      "facts": [
        {
          "name": "host",
          "value": "web-1",
        },
        {
          "name": "rules",
          "value": "net-out, other",
        },
        {
          "name": "metric",
          "value": "Network Out Total",
        },
        {
          "name": "opened",
          "value": "2026-11-21T04:00:00.000Z",
        },
      ],
      "incidentId": "00000000000000a1",
      "json": {
        "account": {
          "delayed": 0,
          "merged": 1,
          "recording": 1,
          "refused": 0,
        },
        "alertCount": 2,
        "answer": null,
        "captureId": null,
        "incidentId": "00000000000000a1",
        "openedAt": "2026-11-21T04:00:00.000Z",
        "resourceId": "/subscriptions/s/resourceGroups/g/providers/x/virtualMachines/web-1",
        "rules": [
          "net-out",
          "other",
        ],
        "state": "open",
      },
      "kind": "opened",
      "links": [],
      "revision": 1,
      "severity": 2,
      "text": "2 alerts of 2 rules (net-out, other): 1 being recorded, 1 sharing a recording",
      "title": "incident on web-1 opened (severity 2)",
    }
  `);
});

test("the answer is told first, and stays first in what is told after it", () => {
  const answered = sampleIncident({ answered: true });
  expect(last(answered).text.split("\n")).toEqual([
    sentence,
    'alert "net-out" on web-1',
    "2 alerts of 2 rules (net-out, other): 1 recorded, 1 sharing a recording",
  ]);
  const closed = passTime(answered, openedAt + 3_600_000, incidentSettings.parse({}));
  expect(last(closed)).toMatchObject({
    kind: "closed",
    text: expect.stringMatching(/^92 % of the extra bytes/) as string,
    links: [{ name: "report", url: reportLink }],
    json: { state: "closed", answer: { sentence, reportLink }, captureId: null },
  });
});

test("the answer of an incident is that of its most important recording, whichever comes last", () => {
  const incident = sampleIncident({ answered: true });
  const [first] = incident.captures;
  if (!first) throw new Error("no recording");
  const minor = { ...first, recordingId: "minor", severity: 4 };
  const both = { ...incident, captures: [minor, first] };
  const told = withCapture(both, "minor", { answer: { sentence: "minor", reportLink: null } });
  expect(answerOf(told)?.sentence).toBe(sentence);
  expect(answerOf({ captures: [minor] })?.sentence).toBe(sentence);
  expect(answerOf(sampleIncident())).toBeNull();
});

test("what still waits or goes on is not said to be recorded", () => {
  const incident = sampleIncident();
  const summary = (change: Parameters<typeof withCapture>[2]) =>
    sentenceOf(withCapture(incident, incident.captures[0]?.recordingId ?? "", change));
  const delayed = { isDelayed: true } as const;
  expect([
    summary({ state: "recording" }),
    summary({ ...delayed, state: "waiting" }),
    summary({ ...delayed, state: "ended" }),
    summary({ state: "refused" }),
  ]).toEqual([
    "2 alerts of 2 rules (net-out, other): 1 being recorded, 1 sharing a recording",
    "2 alerts of 2 rules (net-out, other): 1 waiting to be recorded, 1 sharing a recording",
    "2 alerts of 2 rules (net-out, other): 1 recorded after a wait, 1 sharing a recording",
    "2 alerts of 2 rules (net-out, other): 2 without a recording",
  ]);
});

test("an update of a recording without an answer says how it ended", () => {
  const { captures } = sampleIncident();
  const update = {
    kind: "answered",
    at: openedAt,
    recordingId: captures[0]?.recordingId ?? "",
  } as const;
  const told = withUpdate(sampleIncident(), {
    ...update,
    told: "no capture made: the queue is full",
  });
  expect(last(told).text).toMatch(/^no capture made: the queue is full\n2 alerts/);
  expect(last(told).links).toEqual([]);
});
