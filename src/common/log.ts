import { pino, type Logger, type DestinationStream } from "pino";

/** Structured log: a lower-case phrase and fields. */
export type Log = Logger;

export interface LogOptions {
  component: string;
  level?: string;
  /** Where lines go; standard error unless told, because standard output is for answers. */
  destination?: DestinationStream;
}

/** Field names whose values never reach a log, whoever passes them. */
const redactedFields = [
  "authorization",
  "password",
  "secret",
  "token",
  "key",
  "clientSecret",
  "cookie",
  "*.authorization",
  "*.password",
  "*.secret",
  "*.token",
  "*.clientSecret",
  "headers.authorization",
  "headers.cookie",
  'headers["x-functions-key"]',
];

export function createLog({ component, level = "info", destination }: LogOptions): Log {
  const options = { level, base: { component }, redact: redactedFields };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

/** A log that says nothing, for callers that want only the answer. */
export const silentLog: Log = pino({ level: "silent" });
