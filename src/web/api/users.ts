import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";
import { sessionPath } from "./session.ts";

/** Somebody who signs in with a browser. */
export interface User {
  id: string;
  name: string;
  kind: "user" | "oidc";
  issuer: string | null;
  disabled: boolean;
  hasPassword: boolean;
  createdTime: string;
  signedInTime: string | null;
}

/** A one-time link, which is shown once. */
export interface UserLink {
  url: string;
  expires: string;
}

const path = "/nightcap/v1/users";
const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;
export const usersKey = ["users"] as const;
export const readUsersAction = "Nightcap/users/read";
export const writeUsersAction = "Nightcap/users/write";
export const deleteUsersAction = "Nightcap/users/delete";

export const useUsers = (): UseQueryResult<User[]> => useList<User>(usersKey, path);

export const inviteUser = (name: string): Promise<User & { link: UserLink }> =>
  request("POST", path, { name });
export const newUserLink = (id: string): Promise<UserLink> => request("POST", `${pathOf(id)}/link`);
export const changeUser = (id: string, change: { disabled: boolean }): Promise<User> =>
  request("PATCH", pathOf(id), change);
export const deleteUser = (id: string): Promise<void> => request("DELETE", pathOf(id));

/** One's own; all other sessions end. */
export const changeOwnPassword = (passwords: {
  currentPassword: string;
  password: string;
}): Promise<unknown> => request("POST", `${sessionPath}/password`, passwords);
