import { type Incident, newIncident, withCapture } from "../../src/incident/incident.ts";
import { joinIncident, type JoiningAlert } from "../../src/incident/join-incident.ts";
import { incidentSettings } from "../../src/incident/settings.ts";
import { withUpdate } from "../../src/incident/updates.ts";

export const openedAt = Date.UTC(2026, 10, 21, 4);
export const sentence = "92 % of the extra bytes went to 203.0.113.7:443 (files.example.com).";
export const reportLink = "https://nightcap.example:8443/reports/1";

const settings = incidentSettings.parse({});

/** An incident of one host, opened, with one alert that records and one that shares; answered when told so. */
export function sampleIncident(
  change: Partial<Incident> & { rule?: string; answered?: boolean } = {},
): Incident {
  const { rule = "net-out", answered = false, ...fields } = change;
  const alert = (key: string, severity: number): JoiningAlert => ({
    key,
    jobId: `${key}-job-0123456789`,
    rule: key,
    severity,
    firedTime: openedAt - 1_000,
    acceptedAt: openedAt,
    metric: "Network Out Total",
    filters: [],
    timeLimitSeconds: 30,
    moment: openedAt,
  });
  const seed = newIncident({
    incidentId: "00000000000000a1",
    resourceId: "/subscriptions/s/resourceGroups/g/providers/x/virtualMachines/web-1",
    openedAt,
  });
  const time = { settings, now: openedAt };
  const joined = joinIncident(joinIncident(seed, alert(rule, 2), time), alert("other", 3), time);
  const opened = withUpdate(joined, { kind: "opened", at: openedAt });
  return { ...(answered ? answer(opened, rule) : opened), ...fields };
}

function answer(incident: Incident, rule: string): Incident {
  const recordingId = `${rule}-job-0123456789`;
  const known = withCapture(incident, recordingId, {
    state: "ended",
    captureId: "/packetCaptures/one",
    captureName: "one",
    outcome: 'packet capture "one" is complete (TimeExceeded)',
    answer: { sentence, reportLink },
  });
  return withUpdate(known, {
    kind: "answered",
    at: openedAt + 40_000,
    recordingId,
    told: `${sentence}\nalert "${rule}" on web-1`,
    link: reportLink,
  });
}
