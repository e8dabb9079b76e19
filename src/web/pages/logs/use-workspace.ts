import { useState } from "react";
import { type Place, useWorkspaces, type Workspace } from "../../api/saved-queries.ts";

/** Which workspace is asked, and the others that may be. */
export interface ChosenWorkspace {
  /** Its `workspaceId` is the chosen one's; null: the whole subscription is asked. */
  readonly place: Place;
  readonly all: readonly Workspace[];
  readonly choose: (workspaceId: string) => void;
}

const keyOf = ({ subscriptionId }: Place): string => `nightcap.logs.workspace.${subscriptionId}`;

/** The workspace that this browser chose last, while it is there; else the first. */
export function useWorkspace(session: Place): ChosenWorkspace {
  const { data: all = [] } = useWorkspaces(session);
  const [chosen, setChosen] = useState(() => localStorage.getItem(keyOf(session)));
  const isThere = all.some(({ properties }) => properties.customerId === chosen);
  return {
    place: { ...session, workspaceId: isThere ? chosen : session.workspaceId },
    all,
    choose(workspaceId) {
      localStorage.setItem(keyOf(session), workspaceId);
      setChosen(workspaceId);
    },
  };
}
