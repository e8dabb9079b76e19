import { z } from "zod";
import { messageKinds } from "./message.ts";
import { isTimeZone, quietDays } from "./quiet-hours.ts";
import { checkTemplate } from "./template.ts";

export const targetCountMax = 64;

const pattern = z.string().min(1).max(128);
const patterns = z.array(pattern).max(50).default([]);
const severities = z.array(z.int().min(0).max(4)).max(5);
const secret = z.string().min(1).max(4_096);

const template = z
  .string()
  .max(8_000)
  .superRefine((text, context) => {
    try {
      checkTemplate(text);
    } catch (error) {
      const message = error instanceof Error ? error.message : "cannot be read";
      context.addIssue({ code: "custom", message });
    }
  });

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time as "22:00" expected');

const quietHours = z
  .strictObject({
    /** By its IANA name, `Europe/Berlin`. */
    timeZone: z.string().max(64).refine(isTimeZone, "not a time zone: an IANA name expected"),
    /** When they begin and end, on that zone's clock; the end may be on the next day. */
    from: time,
    to: time,
    /** Days on which they begin. */
    days: z
      .array(z.enum(quietDays))
      .min(1)
      .max(7)
      .default([...quietDays]),
    /** What is told at once nevertheless. */
    breakThroughSeverities: severities.default([0, 1]),
  })
  .refine(({ from, to }) => from !== to, "from and to are the same: nothing would be quiet");

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "small letters, digits and hyphens expected"),
  enabled: z.boolean().default(true),
  /** Which messages it gets; an empty list lets all through. */
  routes: z
    .strictObject({
      severities: severities.default([]),
      /** Names with `*` for any characters, in any case. */
      rules: patterns,
      hosts: patterns,
      kinds: z.array(z.enum(messageKinds)).max(4).default([]),
    })
    .prefault({}),
  /** Its own words; the default ones unless told. */
  subject: template.max(500).nullable().default(null),
  text: template.nullable().default(null),
  quietHours: quietHours.nullable().default(null),
  /** Seconds in which several incidents become one message; 0: each at once. */
  groupSeconds: z.int().min(0).max(3_600).default(0),
  /** Messages in a minute; what is over waits. */
  ratePerMinuteMax: z.int().min(1).max(600).default(30),
};

const network = {
  /** True: it may be in a private network or on this host, and use http there. */
  allowPrivateAddresses: z.boolean().default(false),
  /** PEM of a private authority, trusted besides the system's. */
  caPem: z.string().max(65_536).nullable().default(null),
};

const url = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), "no user name or password in it expected");

const mailbox = z
  .string()
  .max(254)
  .regex(/^[^\s<>@",;:\\()[\]]+@[\w.-]+$/, "an address as ops@example.org expected");

const mail = {
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).default(587),
  /** `startTls` on 587, `tls` on 465; `none` only within a private network. */
  security: z.enum(["startTls", "tls", "none"]).default("startTls"),
  user: z.string().max(320).nullable().default(null),
  /** The password. */
  secret: secret.nullable().default(null),
  from: mailbox,
  to: z.array(mailbox).min(1).max(50),
};

const webhookSecret = secret
  .refine(
    (text) => !text.startsWith("whsec_") || /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text),
    "base64 expected after whsec_",
  )
  .refine((text) => text.length >= 16, "16 characters or more expected");

/** One place that people are told at. */
export const targetSettings = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("log"), ...common }),
  z.strictObject({
    kind: z.literal("webhook"),
    ...common,
    ...network,
    url,
    /** What the message is signed with; null: not signed. */
    secret: webhookSecret.nullable().default(null),
  }),
  z.strictObject({ kind: z.literal("slack"), ...common, ...network, url }),
  z.strictObject({ kind: z.literal("teams"), ...common, ...network, url }),
  z.strictObject({
    kind: z.literal("ntfy"),
    ...common,
    ...network,
    url: url.default("https://ntfy.sh/"),
    topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
    /** An access token. */
    secret: secret.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal("gotify"),
    ...common,
    ...network,
    url,
    /** The application's token. */
    secret,
  }),
  z.strictObject({
    kind: z.literal("pagerDuty"),
    ...common,
    ...network,
    /** `https://events.eu.pagerduty.com/v2/enqueue` for accounts in the EU. */
    url: url.default("https://events.pagerduty.com/v2/enqueue"),
    /** The integration key. */
    secret,
    /** True: an answer acknowledges the incident, which stops calling people. */
    acknowledgeAnswered: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal("email"), ...common, ...network, ...mail }),
]);

export type TargetSettings = Readonly<z.infer<typeof targetSettings>>;
export type TargetOf<Kind extends TargetSettings["kind"]> = Extract<TargetSettings, { kind: Kind }>;
export type HttpTarget = Exclude<TargetSettings, TargetOf<"log"> | TargetOf<"email">>;
