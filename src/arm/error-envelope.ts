import { NightcapError } from "../common/errors.ts";

/** Azure's error body. */
export interface ErrorEnvelope {
  error: { code: string; message: string; target?: string; details?: ErrorDetail[] };
}

export interface ErrorDetail {
  code: string;
  message: string;
  target?: string;
}

/** An error that points at parts of the request's body. */
export class RequestContentError extends NightcapError {
  readonly details: readonly ErrorDetail[];

  constructor(message: string, details: readonly ErrorDetail[]) {
    super("InvalidRequestContent", message);
    this.details = details;
  }
}

/**
 * Any thrown value as status and body. What the caller can do something about is said; the rest is
 * hidden behind the request id, under which the log has the cause.
 */
export function errorAnswer(
  error: unknown,
  requestId: string,
): { status: number; body: ErrorEnvelope } {
  if (!(error instanceof NightcapError) || isInternal(error.status)) {
    const message = `request failed inside Nightcap; the server's log has the cause under request id ${requestId}`;
    return { status: 500, body: { error: { code: "InternalServerError", message } } };
  }
  const { code, message, status } = error;
  const details = error instanceof RequestContentError ? [...error.details] : [];
  const target = details.length === 1 ? details[0]?.target : undefined;
  return {
    status,
    body: {
      error: {
        code,
        message,
        ...(target === undefined ? {} : { target }),
        ...(details.length === 0 ? {} : { details }),
      },
    },
  };
}

/** True for a status that says nothing to the caller but "not your fault". */
export const isInternal = (status: number): boolean =>
  status >= 500 && ![501, 503, 504].includes(status);
