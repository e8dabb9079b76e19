// The list of fields in docs/reference/display-filters.md, made from the tables that filters read.
import type { Catalog } from "./catalog.ts";

export const listBegin =
  "<!-- fields: made from the tables by test/docs/display-filters.test.ts -->";
export const listEnd = "<!-- end of fields -->";

/** A table of fields for each protocol, as Markdown. */
export function fieldReference(catalog: Catalog): string {
  const groups = new Map<string, string[]>();
  for (const name of catalog.names()) {
    const field = catalog.field(name);
    if (!field) continue;
    const group = name.split(".")[0] ?? name;
    const rows = groups.get(group) ?? [];
    rows.push(`| \`${name}\` | ${field.type} | ${field.description} |`);
    groups.set(group, rows);
  }
  const sections = Array.from(groups, ([group, rows]) =>
    [`### ${group}`, "", "| field | type | what it is |", "| --- | --- | --- |", ...rows].join(
      "\n",
    ),
  );
  return sections.join("\n\n");
}

/** The page with its list made anew. */
export function withFieldReference(page: string, catalog: Catalog): string {
  const start = page.indexOf(listBegin);
  const end = page.indexOf(listEnd);
  if (start < 0 || end < start) return page;
  const list = fieldReference(catalog);
  return `${page.slice(0, start)}${listBegin}\n\n${list}\n\n${page.slice(end)}`;
}
