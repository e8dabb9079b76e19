import { bind } from "../bind.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { argument, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { stringArray } from "./strings.ts";

const urlPattern =
  "^(?:([A-Za-z][A-Za-z0-9+.-]*)://)?(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\\\\[[^\\\\]]*\\\\]|[^:/?#]*)(?::([0-9]*))?([^?#]*)(?:\\\\?([^#]*))?(?:#(.*))?$";

const bag = (members: readonly (readonly [string, string])[]): string =>
  `concat('{', ${members.map(([name, json]) => `'"${name}":', ${json}`).join(", ',', ")}, '}')`;

const json = (text: string): string => `toJSONString(${text})`;

/** Names and values of a query string, decoded; of equal names the last stands. */
const queryBag = (query: string): string =>
  `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(decodeURLFormComponent(splitByChar('=', p)[1])), ':', toJSONString(decodeURLFormComponent(substring(p, position(p, '=') + 1)))), arrayFilter(p -> position(p, '=') > 0, splitByChar('&', ${query}))), ','), '}')`;

const parseUrl: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const sql = bind(`extractGroups(${text}, '${urlPattern}')`, (part) =>
    bag([
      ["Scheme", json(`${part}[1]`)],
      ["Host", json(`${part}[4]`)],
      ["Port", json(`${part}[5]`)],
      ["Path", json(`${part}[6]`)],
      ["Username", json(`${part}[2]`)],
      ["Password", json(`${part}[3]`)],
      ["Query Parameters", queryBag(`${part}[7]`)],
      ["Fragment", json(`${part}[8]`)],
    ]),
  );
  return { sql, type: "dynamic" };
};

/** A file's path of Windows or Unix: scheme, root, folder, file name and its extension. */
const parsePath: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const sql = bind(text, (path) => {
    const scheme = `extract(${path}, '^([A-Za-z][A-Za-z0-9+.-]+)://')`;
    const rest = `replaceRegexpOne(${path}, '^[A-Za-z][A-Za-z0-9+.-]+:(//)?', '')`;
    const file = `extract(${rest}, '([^/\\\\\\\\]*)$')`;
    const folder = `replaceRegexpOne(${rest}, '[/\\\\\\\\]?[^/\\\\\\\\]*$', '')`;
    return bag([
      ["Scheme", json(scheme)],
      ["RootPath", json(`extract(${rest}, '^([A-Za-z]:)')`)],
      ["DirectoryPath", json(folder)],
      ["DirectoryName", json(`extract(${folder}, '([^/\\\\\\\\]*)$')`)],
      ["Filename", json(file)],
      ["Extension", json(`extract(${file}, '\\\\.([^.]*)$')`)],
      ["AlternateDataStreamName", "'\"\"'"],
    ]);
  });
  return { sql, type: "dynamic" };
};

/** Up to four parts of eight digits each. */
const parseVersion = (text: string): string =>
  bind(
    text,
    (version) =>
      `if(match(${version}, '^[0-9]{1,8}(\\\\.[0-9]{1,8}){0,3}$'), toDecimal128OrNull(arrayStringConcat(arrayMap(p -> leftPad(p, 8, '0'), arrayResize(splitByChar('.', ${version}), 4, '0'))), 12), NULL)`,
  );

/** The fields of the first record; quotes are doubled within quotes (RFC 4180). */
const parseCsv: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const cells = `extractAllGroupsVertical(concat(',', ${text}), '(?s),(?:"((?:[^"]|"")*)"|([^,"\\\\r\\\\n][^,\\\\r\\\\n]*)?)')`;
  return stringArray(`arrayMap(g -> if(g[1] != '', replaceAll(g[1], '""', '"'), g[2]), ${cells})`);
};

export const urlFunctions: ScalarFunctions = {
  parse_url: parseUrl,
  parseurl: parseUrl,
  parse_urlquery: define(
    "dynamic",
    ["string"],
    (text) => `concat('{"Query Parameters":', ${queryBag(`trimLeft(${text}, '?')`)}, '}')`,
  ),
  parse_path: parsePath,
  parse_version: define("decimal", ["string"], parseVersion),
  parse_csv: parseCsv,
};
