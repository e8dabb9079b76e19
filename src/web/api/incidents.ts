import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ChangeGist } from "../../inspection/change/gist.ts";
import { topicKey } from "./topics.ts";
import { get } from "./request.ts";

export interface IncidentAnswer {
  sentence: string;
  reportLink: string | null;
  /** What at least 80 % of the increase is made of; absent where nothing is. */
  culprit?: Blamed;
  /** The values behind the sentence's first words; absent in answers of earlier versions. */
  gist?: ChangeGist;
}

export interface Blamed {
  destination: string | null;
  /** `443/tcp` */
  port: string | null;
  process: string | null;
}

/** What an incident has to do with what people said they expect. */
export interface IncidentExpected {
  state: "awaited" | "met" | "unmet";
  /** Then people are told, whatever the packets say later. */
  until: string;
  expectationId: string | null;
  reason: string | null;
  by: string | null;
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
  recordings: { captureId: string | null; rule: string }[];
  summary: string;
  answer: IncidentAnswer | null;
  expected?: IncidentExpected | null;
}

export interface IncidentAlert {
  key: string;
  rule: string;
  severity: number;
  firedTime: string;
  resolvedAt: string | null;
  metric?: string;
  /** Resource id of its rule, where it is one of Azure's. */
  ruleId?: string;
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
  state: "waiting" | "sent" | "failed" | "held" | "quiet";
  /** How it stands with each place that it goes to. */
  deliveries?: UpdateDelivery[];
}

/** An update on its way to one notification target. */
export interface UpdateDelivery {
  target: string;
  state: "waiting" | "held" | "sent" | "failed";
  /** When it was sent or given up; null before. */
  at: string | null;
  /** Why the last try failed. */
  reason: string | null;
}

/** An incident of another host in which a rule of this one fired. */
export interface RelatedIncident {
  incidentId: string;
  host: string;
  state: "open" | "closed";
  severity: number;
  openedAt: string;
  rule: string;
  sentence: string | null;
}

export interface WholeIncident extends IncidentRow {
  related: RelatedIncident[];
  relatedCount: number;
  alerts: IncidentAlert[];
  captures: IncidentCapture[];
  updates: IncidentUpdate[];
}

const path = "/nightcap/v1/incidents";
const listLimit = 200;
const namingLimit = 20;

/** The newest incidents, and how many there are. */
export const useIncidents = (): UseQueryResult<{ value: IncidentRow[]; count: number }> =>
  useQuery({
    queryKey: [topicKey("incident"), "list"],
    queryFn: () => get<{ value: IncidentRow[]; count: number }>(`${path}?limit=${listLimit}`),
  });

/** Incidents that name an address. */
export const useIncidentsNaming = (
  address: string,
): UseQueryResult<{ value: IncidentRow[]; count: number }> =>
  useQuery({
    queryKey: [topicKey("incident"), "naming", address],
    queryFn: () =>
      get<{ value: IncidentRow[]; count: number }>(
        `${path}?${new URLSearchParams({ address, limit: String(namingLimit) })}`,
      ),
  });

/** The newest of one host, by the machine's name. */
export const useIncidentsOf = (
  host: string,
  limit: number,
): UseQueryResult<{ value: IncidentRow[]; count: number }> =>
  useQuery({
    queryKey: [topicKey("incident"), "of", host, limit],
    queryFn: () =>
      get<{ value: IncidentRow[]; count: number }>(
        `${path}?${new URLSearchParams({ host, limit: String(limit) })}`,
      ),
  });

export const useIncident = (id: string): UseQueryResult<WholeIncident> =>
  useQuery({
    queryKey: [topicKey("incident"), id],
    queryFn: () => get<WholeIncident>(`${path}/${encodeURIComponent(id)}`),
  });

/** The machine's own name, out of its resource id. */
export const hostNameOf = (resourceId: string): string =>
  resourceId.split("/").at(-1) ?? resourceId;
