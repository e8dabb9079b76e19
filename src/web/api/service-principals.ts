import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";

export interface ServicePrincipal {
  appId: string;
  displayName: string;
  isBuiltIn: boolean;
  createdDateTime: string;
  passwordCredentials: {
    keyId: string;
    hint: string | null;
    startDateTime: string;
    endDateTime: string | null;
  }[];
}

/** In the answer that makes it, and nowhere else. */
export interface NewSecret extends ServicePrincipal {
  tenant: string;
  password: string;
}

const path = "/nightcap/servicePrincipals";
const pathOf = (appId: string): string => `${path}/${encodeURIComponent(appId)}`;
export const principalsKey = ["service-principals"] as const;
export const readPrincipalsAction = "Nightcap/servicePrincipals/read";
export const writePrincipalsAction = "Nightcap/servicePrincipals/write";
export const deletePrincipalsAction = "Nightcap/servicePrincipals/delete";

export const useServicePrincipals = (): UseQueryResult<ServicePrincipal[]> =>
  useList<ServicePrincipal>(principalsKey, path);

export const createPrincipal = (displayName: string, secretDays: number): Promise<NewSecret> =>
  request("POST", path, { displayName, secretDays });
export const rotateSecret = (appId: string): Promise<NewSecret> =>
  request("POST", `${pathOf(appId)}/rotate`, {});
export const removeSecret = (appId: string, keyId: string): Promise<unknown> =>
  request("DELETE", `${pathOf(appId)}/secrets/${encodeURIComponent(keyId)}`);
export const deletePrincipal = (appId: string): Promise<void> => request("DELETE", pathOf(appId));
