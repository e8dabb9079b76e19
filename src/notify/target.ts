import type { NotificationMessage } from "./message.ts";

/** What a receiver made of a message. A failure that may pass is tried again. */
export type SendResult =
  | { ok: true }
  | {
      ok: false;
      mayPass: boolean;
      /** For people; without secrets. */
      reason: string;
      /** What the receiver asked for; null where it said nothing. */
      retryAfterMilliseconds: number | null;
    };

/** The place of a message among those of its incident at one target. */
export interface Thread {
  /** True for the first one that the target got. */
  isFirst: boolean;
  /** The subject of that first one. */
  subject: string;
}

export interface SendOptions {
  thread: Thread;
  signal: AbortSignal;
}

/** One way to tell people: one file of `targets/` for each kind. */
export interface Target {
  readonly name: string;
  /** Sends once; what is wrong is in the result. Throws only when `signal` fires. */
  send(message: NotificationMessage, options: SendOptions): Promise<SendResult>;
}

export const failed = (
  reason: string,
  mayPass: boolean,
  retryAfterMilliseconds: number | null = null,
): SendResult => ({ ok: false, mayPass, reason, retryAfterMilliseconds });
