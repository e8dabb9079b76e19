import type { UseQueryResult } from "@tanstack/react-query";
import { useList } from "./list.ts";
import { request } from "./request.ts";

export const targetKinds = [
  "webhook",
  "email",
  "slack",
  "teams",
  "ntfy",
  "gotify",
  "pagerDuty",
  "log",
] as const;
export type TargetKind = (typeof targetKinds)[number];

export const mailSecurities = ["startTls", "tls", "none"] as const;
export type MailSecurity = (typeof mailSecurities)[number];

export const messageKinds = ["opened", "updated", "answered", "closed"] as const;
export type MessageKind = (typeof messageKinds)[number];

export const quietDays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface QuietHours {
  timeZone: string;
  from: string;
  to: string;
  days: (typeof quietDays)[number][];
  breakThroughSeverities: number[];
}

/** A place where people are told, without its secrets. */
export interface NotificationTarget {
  name: string;
  kind: TargetKind;
  enabled: boolean;
  /** Scheme and host, of targets that have an address. */
  where?: string;
  hasSecret: boolean;
  /** It trusts an authority of its own. */
  hasAuthority: boolean;
  /** It is of the settings, and not changed over the API. */
  isFixed: boolean;
  routes: { severities: number[]; rules: string[]; hosts: string[]; kinds: MessageKind[] };
  quietHours: QuietHours | null;
  subject: string | null;
  text: string | null;
  groupSeconds: number;
  ratePerMinuteMax: number;
  allowPrivateAddresses?: boolean;
  topic?: string;
  acknowledgeAnswered?: boolean;
  host?: string;
  port?: number;
  security?: MailSecurity;
  user?: string | null;
  from?: string;
  to?: string[];
}

/** Settings as they are written: what is not named stays, or is the usual. */
export type TargetBody = Readonly<Record<string, unknown>>;

/** How a test ended. */
export interface TargetTest {
  delivered: boolean;
  reason: string | null;
  milliseconds: number;
}

const path = "/nightcap/v1/notification-targets";
export const targetsKey = ["notification-targets"] as const;
export const readTargetsAction = "Nightcap/notification-targets/read";
export const writeTargetsAction = "Nightcap/notification-targets/write";
export const deleteTargetsAction = "Nightcap/notification-targets/delete";

const pathOf = (name: string): string => `${path}/${encodeURIComponent(name)}`;

export const useNotificationTargets = (): UseQueryResult<NotificationTarget[]> =>
  useList<NotificationTarget>(targetsKey, path);

export const makeTarget = (name: string, body: TargetBody): Promise<NotificationTarget> =>
  request("PUT", pathOf(name), body);

/** What is not named stays, secrets too. */
export const changeTarget = (name: string, body: TargetBody): Promise<NotificationTarget> =>
  request("PATCH", pathOf(name), body);

export const deleteTarget = (name: string): Promise<void> => request("DELETE", pathOf(name));

/** Sends a message that says it is a test; with settings, to these, which are not kept. */
export const testTarget = (name: string, body?: TargetBody): Promise<TargetTest> =>
  request<TargetTest>("POST", `${pathOf(name)}/test`, body);
