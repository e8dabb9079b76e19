import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request, useCsrfToken } from "./request.ts";

/** How one may sign in: by name and password, or at a provider. */
export type SignInWay = { kind: "password" } | { kind: "oidc"; name: string; url: string };

export interface SignedOut {
  signedIn: false;
  ways: SignInWay[];
}

export interface SignedIn {
  signedIn: true;
  csrf: string;
  user: { id: string; name: string; kind: string };
  roles: { name: string; scope: string }[];
  /** As in role definitions: `*` stands for any part. */
  actions: string[];
  notActions: string[];
  /** The same for what is stored: blobs. */
  dataActions: string[];
  notDataActions: string[];
  subscriptionId: string;
  resourceGroup: string;
  workspaceId: string | null;
  expires: string;
}

export type Session = SignedOut | SignedIn;

export const sessionPath = "/nightcap/v1/session";
export const sessionKey = ["session"] as const;

/** Who is signed in here. */
export const useSession = (): UseQueryResult<Session> =>
  useQuery({ queryKey: sessionKey, queryFn: readSession, staleTime: Infinity });

async function readSession(): Promise<Session> {
  return noted(await get<Session>(sessionPath));
}

/** Keeps what every later request has to say. */
function noted<T extends Session>(session: T): T {
  useCsrfToken(session.signedIn ? session.csrf : null);
  return session;
}

export const signIn = async (user: string, password: string): Promise<Session> =>
  noted(await request<SignedIn>("POST", sessionPath, { user, password }));

/** A one-time link: what is still to be told, or the session that it opened. */
export type LinkAnswer = { needsPassword: true; user: string | null } | SignedIn;

export async function openLink(link: {
  key: string;
  user?: string;
  password?: string;
}): Promise<LinkAnswer> {
  const answer = await request<LinkAnswer>("POST", `${sessionPath}/link`, link);
  return "signedIn" in answer ? noted(answer) : answer;
}

export const signOut = (): Promise<void> => request("DELETE", sessionPath);
