import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { readPages } from "./captures.ts";
import { topicKey } from "./topics.ts";
import { get } from "./request.ts";

const apiVersion = "2019-05-05";
/** As long as they are kept. */
const timeRange = "30d";
const pageCount = 250;

/** An alert from its firing on, as Azure's alerts management lists it. */
export interface FiredAlert {
  id: string;
  /** Of its rule. */
  name: string;
  properties: {
    essentials: {
      severity: string;
      alertState: "New" | "Acknowledged" | "Closed";
      monitorCondition: "Fired" | "Resolved";
      monitorService: string;
      targetResource: string;
      targetResourceName: string;
      alertRule: string;
      startDateTime: string;
      lastModifiedDateTime: string;
      monitorConditionResolvedDateTime?: string;
    };
  };
}

/** Alerts of the last thirty days, the newest change first. */
export function useFiredAlerts(): UseQueryResult<FiredAlert[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("alert"), "fired", subscriptionId],
    queryFn: () =>
      readPages<FiredAlert>(
        `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts?timeRange=${timeRange}&pageCount=${pageCount}&sortBy=startDateTime&sortOrder=desc`,
        apiVersion,
      ),
  });
}

interface AlertIncident {
  rule: string;
  firedTime: string;
  incidentId: string;
}

const keyOf = (rule: string, firedTime: string): string =>
  `${rule.toLowerCase()}|${Date.parse(firedTime)}`;

/** The incident of an alert, where there is one still. */
export function useIncidentOf(): (alert: FiredAlert) => string | null {
  const { data } = useQuery({
    queryKey: [topicKey("incident"), "alerts"],
    async queryFn() {
      const { value } = await get<{ value: AlertIncident[] }>("/nightcap/v1/alert-incidents");
      return new Map(value.map((each) => [keyOf(each.rule, each.firedTime), each.incidentId]));
    },
  });
  return ({ name, properties }) =>
    data?.get(keyOf(name, properties.essentials.startDateTime)) ?? null;
}
