import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { topicKey } from "./live.ts";
import { get } from "./request.ts";

export interface IncidentAnswer {
  sentence: string;
  reportLink: string | null;
}

/** An incident in a list; times are ISO 8601. */
export interface IncidentRow {
  incidentId: string;
  resourceId: string;
  state: "open" | "closed";
  /** 0 (critical) to 4 (verbose). */
  severity: number;
  openedAt: string;
  lastAlertAt: string;
  closedAt: string | null;
  alertCount: number;
  summary: string;
  answer: IncidentAnswer | null;
}

export interface IncidentAlert {
  key: string;
  rule: string;
  severity: number;
  firedTime: string;
  resolvedAt: string | null;
  metric?: string;
  role: string;
  why: string | null;
}

export interface IncidentCapture {
  recordingId: string;
  rule: string;
  state: "waiting" | "recording" | "ended" | "refused";
  moment: string;
  endsAt: string | null;
  captureId: string | null;
  captureName: string | null;
  why: string | null;
  outcome: string | null;
  answer: IncidentAnswer | null;
  queue: { position: number; why: string } | null;
}

export interface IncidentUpdate {
  revision: number;
  kind: "opened" | "updated" | "answered" | "closed";
  at: string;
  title: string;
  text: string;
  state: "waiting" | "sent" | "failed";
}

export interface WholeIncident extends IncidentRow {
  alerts: IncidentAlert[];
  captures: IncidentCapture[];
  updates: IncidentUpdate[];
}

const path = "/nightcap/v1/incidents";
const listLimit = 200;

/** The newest incidents, and how many there are. */
export const useIncidents = (): UseQueryResult<{ value: IncidentRow[]; count: number }> =>
  useQuery({
    queryKey: [topicKey("incident"), "list"],
    queryFn: () => get<{ value: IncidentRow[]; count: number }>(`${path}?limit=${listLimit}`),
  });

export const useIncident = (id: string): UseQueryResult<WholeIncident> =>
  useQuery({
    queryKey: [topicKey("incident"), id],
    queryFn: () => get<WholeIncident>(`${path}/${encodeURIComponent(id)}`),
  });

/** The machine's own name, out of its resource id. */
export const hostNameOf = (resourceId: string): string =>
  resourceId.split("/").at(-1) ?? resourceId;
