/** What the control plane answered when it did not do what was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A browser gives no reason for a request that got no answer. */
const unreachable = 0;

/** Shown by the session; sent with all that changes something. */
let csrfToken: string | null = null;
export const useCsrfToken = (token: string | null): void => void (csrfToken = token);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Asks the page's own control plane, with the session's cookie; a refusal is thrown as an `ApiError`. */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const answer: unknown = text === "" ? null : parse(text, response.status);
  if (!response.ok) throw errorOf(response, answer);
  return answer as T;
}

export const get = <T>(path: string): Promise<T> => request<T>("GET", path);

async function send(method: Method, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrfToken !== null) headers["x-nightcap-csrf"] = csrfToken;
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    return await fetch(path, { method, headers, credentials: "same-origin", ...content });
  } catch {
    throw new ApiError(unreachable, "Unreachable", "the control plane does not answer");
  }
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(status, "NotJson", text.slice(0, 200));
  }
}

/** ARM's form: `{error: {code, message}}`. */
function errorOf(response: Response, answer: unknown): ApiError {
  const { error } = (answer ?? {}) as { error?: { code?: string; message?: string } };
  const message = error?.message ?? response.statusText;
  return new ApiError(response.status, error?.code ?? String(response.status), message);
}
