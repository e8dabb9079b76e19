import type { ProcessMetrics } from "../common/metrics.ts";
import type { Clock } from "../common/clock.ts";
import type { IncidentCounts } from "../incident/incident.ts";
import type { IncidentTables } from "../incident/incident-store.ts";

/** Open incidents are due within an hour, closed ones when their week is over: so these are all, and few others. */
const openDueMilliseconds = 3_600_000;
/** Incidents that are looked at for one reading. */
const readCountMax = 5_000;

/** Numbers of incidents for Prometheus; what it gives counts what happens. */
export function addIncidentMetrics(
  metrics: ProcessMetrics,
  { incidents, gate }: IncidentTables,
  clock: Clock,
): IncidentCounts {
  metrics.gauge(
    "nightcap_incident_open",
    `Incidents that are open, ${readCountMax} at most`,
    async () => {
      const due = await incidents.due(clock.now() + openDueMilliseconds, readCountMax);
      return due.filter(({ body }) => body.state === "open" && body.alerts.length > 0).length;
    },
  );
  const ofGate = async () => (await gate.get("gate"))?.body;
  metrics.gauge(
    "nightcap_incident_recordings_running",
    "Recordings of incidents that have a place",
    async () => (await ofGate())?.running.length ?? 0,
  );
  metrics.gauge(
    "nightcap_incident_recordings_waiting",
    "Recordings of incidents that wait for a place",
    async () => (await ofGate())?.waiting.length ?? 0,
  );
  const alerts = metrics.counter(
    "nightcap_incident_alerts_total",
    "Alerts by what was decided: recording, delayed (recorded after a wait), merged (shares a recording), refused",
    ["role"],
  );
  const updates = metrics.counter(
    "nightcap_incident_updates_total",
    "Updates of incidents that were handed on to the notification targets: opened, updated, answered, closed",
    ["kind"],
  );
  return {
    alert: (role) => alerts.add(1, { role }),
    update: (kind) => updates.add(1, { kind }),
  };
}
