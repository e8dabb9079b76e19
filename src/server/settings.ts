import { z } from "zod";
import { logQuerySettings } from "../logs/query-limits.ts";
import { incidentSettings } from "../incident/settings.ts";
import { notificationSettings } from "../notify/settings.ts";
import { retentionSettings } from "../storage/retention/settings.ts";
import { alertSettings } from "./alerts/settings.ts";
import { alertSourceSettings } from "../responder/doors/settings.ts";
import { storageSettings } from "./encryption/settings.ts";
import { evidenceSettings } from "./evidence/settings.ts";
import { flowSettings } from "./flows/settings.ts";
import { signInSettings } from "./sign-in/settings.ts";

/** Settings of the control plane; each field carries its unit and its bounds. */
export const serverSettings = z.strictObject({
  /** Where everything that must survive a restart lies; readable by its owner alone. */
  directory: z.string().min(1),
  /** Address to listen on; the loopback unless told. */
  host: z.string().min(1).max(253).default("127.0.0.1"),
  /** TCP port of everything: ARM, tokens, storage, responder, agents. */
  port: z.int().min(0).max(65_535).default(8443),
  /** Other names and addresses by which clients reach it; they go into the certificate. */
  names: z.array(z.string().min(1).max(253)).max(64).default([]),
  /** Azure region that this control plane's hosts are in. */
  location: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,49}$/)
    .default("local"),
  /** Resource group of hosts that join. */
  resourceGroup: z
    .string()
    .regex(/^[\w.()-]{1,90}$/)
    .default("nightcap"),
  /** Captures that may be recorded at once; Azure's own limit was 100 a region. */
  sessionCountMax: z.int().min(1).max(10_000).default(100),
  /** How long the responder records when an alert fires, seconds. */
  captureSeconds: z.int().min(1).max(18_000).default(60),
  /** Seconds before an alert that its capture has too, out of the host's flight recorder; 0: none. */
  lookBackSeconds: z.int().min(0).max(3_600).default(60),
  /** Where notifications of finished captures are posted, besides the log. */
  notificationUrls: z.array(z.url()).max(16).default([]),
  /** Where people are told of incidents. */
  notifications: notificationSettings.prefault({}),
  /** What becomes of flows. */
  flows: flowSettings.prefault({}),
  /** Whose alerts the responder takes, and how they come in. */
  alertSources: alertSourceSettings.prefault({}),
  /** Which alerts are one incident, and how much is recorded at once. */
  incidents: incidentSettings.prefault({}),
  /** How rules over logs are evaluated. */
  alerts: alertSettings.prefault({}),
  /** How accesses to captures are recorded. */
  evidence: evidenceSettings.prefault({}),
  /** How long and how much is kept in the embedded store. */
  retention: retentionSettings.prefault({}),
  /** How the embedded store keeps what it has. */
  storage: storageSettings.prefault({}),
  /** Who else says who somebody is. */
  signIn: signInSettings.prefault({}),
  /** What queries of logs may take. */
  logs: logQuerySettings.prefault({}),
});

export type ServerSettings = z.infer<typeof serverSettings>;
