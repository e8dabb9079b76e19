// A route of Nightcap's own API as one declaration: what is asked, what is answered, and who answers it.
// The router (router.ts) reads requests by it, and the OpenAPI document (document.ts) says the same to people.
// A new API is a function that gives `ApiRoute[]`, made with `route`, and is listed where the control plane listens.
import type { z } from "zod";
import type { ErrorCode } from "../../common/errors.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";

/** Who asks, and a place for what the audit should say of it. */
export interface Asking {
  caller: Caller;
  note: (detail: string) => void;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The names in a path's braces: `/hosts/{name}/blocks/{id}` has `name` and `id`. */
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** `json`: the body's shape; without it there is no body, or another content that `contentType` names. */
export interface Answer {
  description: string;
  json?: z.ZodType;
  contentType?: string;
}

export type Answers = Readonly<Record<number, Answer>>;

type Frozen<Value> = Value extends (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

/** An answer in one of the shapes that were declared; what needs another is a whole `Response`. */
export type Reply<Declared extends Answers> = {
  [Status in keyof Declared]: {
    status: Status;
    headers?: Readonly<Record<string, string>>;
  } & (Declared[Status] extends { json: infer Schema extends z.ZodType }
    ? { body: Frozen<z.input<Schema>> }
    : { body?: undefined });
}[keyof Declared];

export interface Asked<Path extends string, Query, Body> extends Asking {
  /** Decoded. */
  params: Readonly<Record<NamesIn<Path>, string>>;
  query: Query;
  body: Body;
  request: Request;
}

/** What people read of a route, and what its parts are parsed by. */
export interface RouteDescription {
  method: Method;
  /** With names in braces, each one part of the path. */
  path: string;
  summary: string;
  /** Unless told, of strings: several values of one name are a list. What it does not name is not looked at. */
  query?: z.ZodType;
  body?: z.ZodType;
  answers: Answers;
  /** Codes that it refuses with, besides those that follow from what it reads (refusals.ts). */
  errors?: readonly ErrorCode[];
  /** True where nobody needs to be signed in. */
  isOpen?: boolean;
}

export interface ApiRoute {
  description: RouteDescription;
  /** Null where another part of the control plane answers: then it is only described. */
  answer:
    | ((
        asked: Asked<string, unknown, unknown>,
      ) => Promise<Response | { status: number; body?: unknown; headers?: Record<string, string> }>)
    | null;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A route with its handler, whose questions and answers have the types that were declared. */
export function route<
  const Path extends string,
  const Declared extends Answers,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  description: Omit<RouteDescription, "path" | "query" | "body" | "answers"> & {
    path: Path;
    query?: Query;
    body?: Body;
    answers: Declared;
  },
  answer: (
    asked: Asked<Path, Parsed<Query>, Parsed<Body>>,
  ) => Promise<Response | Reply<Declared>> | Response | Reply<Declared>,
): ApiRoute {
  return {
    description: description as RouteDescription,
    answer: async (asked) =>
      answer(asked as unknown as Asked<Path, Parsed<Query>, Parsed<Body>>) as never,
  };
}

/** A route that another part of the control plane answers, for the document. */
export const described = (description: RouteDescription): ApiRoute => ({
  description,
  answer: null,
});
