/** What the control plane answered when it did not do what was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The whole answer, for who knows more of its form. */
  readonly answer: unknown;

  constructor(status: number, code: string, message: string, answer: unknown = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.answer = answer;
  }
}

/** A browser gives no reason for a request that got no answer. */
const unreachable = 0;

/** Shown by the session; sent with all that changes something. */
let csrfToken: string | null = null;
export const useCsrfToken = (token: string | null): void => void (csrfToken = token);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request, and what the control plane does for it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Reads the answer in another way than `JSON.parse`. */
  readonly parseJson?: (text: string) => unknown;
}

/** Asks the page's own control plane, with the session's cookie; a refusal is thrown as an `ApiError`. */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<T> {
  const response = await send(method, path, body, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const { parseJson = JSON.parse } = options;
  const answer: unknown = text === "" ? null : parse(text, response.status, parseJson);
  if (!response.ok) throw errorOf(response, answer);
  return answer as T;
}

export const get = <T>(path: string): Promise<T> => request<T>("GET", path);

async function send(
  method: Method,
  path: string,
  body: unknown,
  { headers: more, signal }: RequestOptions,
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...more };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrfToken !== null) headers["x-nightcap-csrf"] = csrfToken;
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const ending = signal ? { signal } : {};
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...content,
      ...ending,
    });
  } catch {
    signal?.throwIfAborted();
    throw new ApiError(unreachable, "Unreachable", "the control plane does not answer");
  }
}

function parse(text: string, status: number, read: (text: string) => unknown): unknown {
  try {
    return read(text);
  } catch {
    throw new ApiError(status, "NotJson", text.slice(0, 200));
  }
}

/** ARM's form: `{error: {code, message}}`. */
function errorOf(response: Response, answer: unknown): ApiError {
  const { error } = (answer ?? {}) as { error?: { code?: string; message?: string } };
  const message = error?.message ?? response.statusText;
  return new ApiError(response.status, error?.code ?? String(response.status), message, answer);
}
