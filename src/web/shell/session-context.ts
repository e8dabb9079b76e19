import { createContext, useContext } from "react";
import { allows } from "../api/allowed.ts";
import type { SignedIn } from "../api/session.ts";

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in; only for what is inside the frame. */
export function useSignedIn(): SignedIn {
  const session = useContext(SessionContext);
  if (!session) throw new Error("used outside of the frame");
  return session;
}

/** Whether to show what does this: a button that would be refused is not shown. */
export const useAllowed = (action: string): boolean => allows(useSignedIn(), action);

/** The same for what is stored. */
export function useDataAllowed(action: string): boolean {
  const { dataActions, notDataActions } = useSignedIn();
  return allows({ actions: dataActions, notActions: notDataActions }, action);
}
