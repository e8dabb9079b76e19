import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { FiredAlert } from "./fired-alerts.ts";
import { get, request } from "./request.ts";
import { topicKey } from "./topics.ts";

const apiVersion = "2019-05-05";

/** What people make of an alert, in Azure's words; the condition itself is `monitorCondition`. */
export const userStates = ["New", "Acknowledged", "Closed"] as const;
export type UserState = (typeof userStates)[number];

export const changeStateAction = "Microsoft.AlertsManagement/alerts/changestate/action";

/** One line of an alert's history. */
export interface AlertModification {
  modificationEvent: "AlertCreated" | "StateChange" | "MonitorConditionChange" | "ActionsTriggered";
  oldValue: string;
  newValue: string;
  modifiedAt: string;
  modifiedBy: string;
  comments: string;
  details: { actionGroup?: { actionGroupId: string } } | null;
}

/** What became of an alert, the oldest first. */
export const useAlertHistory = ({
  id,
}: Pick<FiredAlert, "id">): UseQueryResult<AlertModification[]> =>
  useQuery({
    queryKey: [topicKey("alert"), "history", id],
    async queryFn() {
      const { properties } = await get<{ properties: { modifications: AlertModification[] } }>(
        `${id}/history?api-version=${apiVersion}`,
      );
      return properties.modifications;
    },
  });

export const changeState = (change: {
  id: string;
  state: UserState;
  comment: string;
}): Promise<FiredAlert> =>
  request(
    "POST",
    `${change.id}/changestate?api-version=${apiVersion}&newState=${change.state}`,
    change.comment === "" ? {} : { comments: change.comment },
  );
