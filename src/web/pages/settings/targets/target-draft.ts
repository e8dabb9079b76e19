import type {
  MailSecurity,
  MessageKind,
  NotificationTarget,
  QuietHours,
  TargetBody,
  TargetKind,
} from "../../../api/notification-targets.ts";
import { ApiError } from "../../../api/request.ts";

type Need = "needed" | "optional" | "none";

/** What a kind has besides what all have. */
export const kindNeeds: Readonly<Record<TargetKind, { url: Need; secret: Need }>> = {
  webhook: { url: "needed", secret: "optional" },
  email: { url: "none", secret: "optional" },
  slack: { url: "needed", secret: "none" },
  teams: { url: "needed", secret: "none" },
  ntfy: { url: "optional", secret: "optional" },
  gotify: { url: "needed", secret: "needed" },
  pagerDuty: { url: "optional", secret: "needed" },
  log: { url: "none", secret: "none" },
};

/** A target as it is written. What only goes in (`url`, `secret`, `caPem`) stays as it is where nothing is written. */
export interface TargetDraft {
  name: string;
  kind: TargetKind;
  enabled: boolean;
  url: string;
  secret: string;
  dropsSecret: boolean;
  caPem: string;
  dropsAuthority: boolean;
  allowPrivateAddresses: boolean;
  topic: string;
  acknowledgeAnswered: boolean;
  host: string;
  port: string;
  security: MailSecurity;
  user: string;
  from: string;
  /** Between commas, as are `rules` and `hosts`. */
  to: string;
  severities: number[];
  kinds: MessageKind[];
  rules: string;
  hosts: string;
  quietHours: QuietHours | null;
  groupSeconds: string;
  ratePerMinuteMax: string;
  subject: string;
  text: string;
}

const groupSecondsDefault = 0;
const ratePerMinuteDefault = 30;
const mailPortDefault = 587;

const written = { url: "", secret: "", dropsSecret: false, caPem: "", dropsAuthority: false };

/** A draft to begin with: of a target that there is, or of a new one. */
export function draftOf(known: NotificationTarget | null): TargetDraft {
  const { routes } = known ?? {};
  return {
    ...written,
    name: known?.name ?? "",
    kind: known?.kind ?? "webhook",
    enabled: known?.enabled ?? true,
    allowPrivateAddresses: known?.allowPrivateAddresses ?? false,
    topic: known?.topic ?? "",
    acknowledgeAnswered: known?.acknowledgeAnswered ?? false,
    host: known?.host ?? "",
    port: String(known?.port ?? mailPortDefault),
    security: known?.security ?? "startTls",
    user: known?.user ?? "",
    from: known?.from ?? "",
    to: (known?.to ?? []).join(", "),
    severities: routes?.severities ?? [],
    kinds: routes?.kinds ?? [],
    rules: (routes?.rules ?? []).join(", "),
    hosts: (routes?.hosts ?? []).join(", "),
    quietHours: known?.quietHours ?? null,
    groupSeconds: String(known?.groupSeconds ?? groupSecondsDefault),
    ratePerMinuteMax: String(known?.ratePerMinuteMax ?? ratePerMinuteDefault),
    subject: known?.subject ?? "",
    text: known?.text ?? "",
  };
}

/** Quiet nights, on the reader's own clock. */
export const usualQuietHours = (): QuietHours => ({
  timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
  from: "22:00",
  to: "07:00",
  days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  breakThroughSeverities: [0, 1],
});

/** What is sent of a draft. */
export function bodyOf(draft: TargetDraft): TargetBody {
  const { kind, enabled, severities, kinds, rules, hosts, quietHours, subject, text } = draft;
  return {
    kind,
    enabled,
    routes: { severities, kinds, rules: listOf(rules), hosts: listOf(hosts) },
    quietHours,
    groupSeconds: Number(draft.groupSeconds),
    ratePerMinuteMax: Number(draft.ratePerMinuteMax),
    subject: subject === "" ? null : subject,
    text: text === "" ? null : text,
    ...(kind === "log" ? {} : networkOf(draft)),
    ...ownOf(draft),
  };
}

function networkOf(draft: TargetDraft): TargetBody {
  const { url, secret } = kindNeeds[draft.kind];
  return {
    allowPrivateAddresses: draft.allowPrivateAddresses,
    ...(url !== "none" && draft.url.trim() !== "" ? { url: draft.url.trim() } : {}),
    ...(secret === "none" ? {} : secretOf("secret", draft.secret.trim(), draft.dropsSecret)),
    ...secretOf("caPem", draft.caPem.trim(), draft.dropsAuthority),
  };
}

function secretOf(name: string, value: string, drops: boolean): TargetBody {
  if (drops) return { [name]: null };
  return value === "" ? {} : { [name]: value };
}

function ownOf({ kind, topic, acknowledgeAnswered, ...mail }: TargetDraft): TargetBody {
  if (kind === "ntfy") return { topic };
  if (kind === "pagerDuty") return { acknowledgeAnswered };
  if (kind !== "email") return {};
  const { host, port, security, user, from, to } = mail;
  return {
    host: host.trim(),
    port: Number(port),
    security,
    user: user === "" ? null : user,
    from: from.trim(),
    to: listOf(to),
  };
}

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export type FieldErrors = Readonly<Record<string, string>>;

/** What the control plane said of each field, by its path. */
export function errorsOf(error: Error | null): FieldErrors {
  if (!(error instanceof ApiError)) return {};
  const { error: said } = (error.answer ?? {}) as {
    error?: { details?: { target?: string; message: string }[] };
  };
  const found = (said?.details ?? []).map(({ target = "", message }): [string, string] => [
    target,
    message.startsWith(`${target}: `) ? message.slice(target.length + 2) : message,
  ]);
  return Object.fromEntries(found.toReversed());
}

/** The first that is about a field or a part of it. */
export const errorAt = (errors: FieldErrors, path: string): string | undefined =>
  Object.entries(errors).find(([at]) => at === path || at.startsWith(`${path}.`))?.[1];
