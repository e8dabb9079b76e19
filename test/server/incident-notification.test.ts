import { expect, test } from "vitest";
import { messageOf } from "../../src/incident/message.ts";
import { boundMessage, coverageOf, hostOf, metricOf, rulesOf } from "../../src/notify/message.ts";
import { notificationOf } from "../../src/server/incident-notification.ts";
import { sampleIncident, sentence } from "../incident/sample.ts";

const answered = sampleIncident({ answered: true });
const told = answered.updates.map((update) => messageOf(answered, update));

test("an update is told with its id, revision and words, and templates find their facts in it", () => {
  const message = notificationOf(told[1] as never, ["the ring held 40 s", "the ring held 40 s"]);
  expect(message).toMatchObject({ incidentId: "00000000000000a1", revision: 2, kind: "answered" });
  expect(message.text.split("\n")[0]).toBe(sentence);
  expect([hostOf(message), metricOf(message), coverageOf(message)]).toEqual([
    "web-1",
    "Network Out Total",
    "the ring held 40 s",
  ]);
  expect(rulesOf(message)).toEqual(["net-out", "other"]);
  expect(message.facts.at(-1)).toEqual({
    name: "look at it",
    value: "nightcap incidents show 00000000000000a1",
  });
});

test("nothing of an update is lost in the bounds of a message", () => {
  const message = notificationOf(told[0] as never, []);
  expect(boundMessage(message)).toEqual(message);
  expect(message.facts.map(({ name }) => name)).not.toContain("coverage");
});
