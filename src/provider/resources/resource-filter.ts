import type { FilterTerm } from "../../arm/odata-filter.ts";
import { unknownTerm } from "../../arm/odata-filter.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import type { StoredResource } from "../../state/state.ts";

type Test = (resource: StoredResource) => boolean;

const fieldsOf = {
  groups: "tagName eq, tagValue eq, name eq or location eq",
  resources:
    "resourceType eq, name eq, resourceGroup eq, location eq, tagName eq, tagValue eq, substringof('text', name) or startswith(tagName, 'text')",
} as const;

/**
 * The `$filter` of a list of groups or of resources, as az and the SDKs send it
 * (https://learn.microsoft.com/rest/api/resources/resources/list). Throws for a term that is none of these.
 */
export function filterResources(terms: readonly FilterTerm[], kind: keyof typeof fieldsOf): Test {
  const tagName = valueOf(terms, "tagname");
  const tests = terms.map((term) => {
    const test = "call" in term ? testOfCall(term) : testOfField(term, tagName);
    if (!test) throw unknownTerm(term, fieldsOf[kind]);
    return test;
  });
  return (resource) => tests.every((test) => test(resource));
}

const same = (a: unknown, b: string): boolean => String(a).toLowerCase() === b.toLowerCase();

function testOfField(
  { field, operator, value }: Extract<FilterTerm, { field: string }>,
  tagName: string | null,
): Test | null {
  const tests: Record<string, Test> = {
    resourcetype: ({ type }) => same(type, value),
    name: ({ id }) => same(parseResourceId(id).name, value),
    resourcegroup: ({ id }) => same(parseResourceId(id).resourceGroupName, value),
    location: ({ body }) =>
      canonicalLocation(String(body["location"])) === canonicalLocation(value),
    tagname: (resource) => tagsOf(resource).some(([name]) => same(name, value)),
    tagvalue: (resource) =>
      tagsOf(resource).some(([name, text]) => same(name, tagName ?? name) && text === value),
  };
  const test = tests[field.toLowerCase()];
  if (!test || (operator !== "eq" && operator !== "ne")) return null;
  return operator === "eq" ? test : (resource) => !test(resource);
}

function testOfCall({
  call,
  arguments: values,
}: Extract<FilterTerm, { call: string }>): Test | null {
  const [first = "", second = ""] = values.map((text) => text.toLowerCase());
  if (same(call, "substringof") && second === "name") {
    return ({ id }) => parseResourceId(id).name.toLowerCase().includes(first);
  }
  if (same(call, "startswith") && first === "tagname") {
    return (resource) => tagsOf(resource).some(([name]) => name.toLowerCase().startsWith(second));
  }
  return null;
}

const tagsOf = ({ body }: StoredResource): [string, string][] =>
  Object.entries((body["tags"] ?? {}) as Record<string, string>);

function valueOf(terms: readonly FilterTerm[], field: string): string | null {
  const found = terms.find((term) => "field" in term && same(term.field, field));
  return found && "field" in found ? found.value : null;
}
