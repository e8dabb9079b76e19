import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/open-api.ts";
import css from "./reference.module.css";

/** Deeper ones are not in the document. */
const depthMax = 8;

/** A shape as a list of its fields, each with its kind, what it may be, and what it means. */
export function SchemaTree({
  schema,
  depth = 0,
}: {
  schema: Schema;
  depth?: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const inner = innerOf(schema);
  if (inner.anyOf?.some(({ properties }) => properties)) {
    return inner.anyOf.map((choice, at) => (
      <div key={at} className={css["choice"]}>
        {at > 0 && <p className={css["or"]}>{t("reference.or")}</p>}
        <SchemaTree schema={choice} depth={depth + 1} />
      </div>
    ));
  }
  const fields = Object.entries(inner.properties ?? {});
  if (fields.length === 0) return <p className={css["kind"]}>{kindOf(schema)}</p>;
  return (
    <ul className={css["fields"]}>
      {fields.map(([name, field]) => (
        <li key={name}>
          <code>{name}</code> <span className={css["kind"]}>{kindOf(field)}</span>
          {inner.required?.includes(name) === false && (
            <span className={css["kind"]}> · {t("reference.optional")}</span>
          )}
          {field.default !== undefined && (
            <span className={css["kind"]}>
              {" · "}
              {t("reference.default", { value: JSON.stringify(field.default) })}
            </span>
          )}
          {field.description !== undefined && <span lang="en"> – {field.description}</span>}
          {depth < depthMax && hasFields(field) && <SchemaTree schema={field} depth={depth + 1} />}
        </li>
      ))}
    </ul>
  );
}

/** What a list is of, and what may be there instead of `null`. */
function innerOf(schema: Schema): Schema {
  if (schema.items) return innerOf(schema.items);
  const others = schema.anyOf?.filter(({ type }) => type !== "null");
  return others?.length === 1 && others[0] ? innerOf(others[0]) : schema;
}

function hasFields(schema: Schema): boolean {
  const inner = innerOf(schema);
  return inner.properties !== undefined || (inner.anyOf?.some(hasFields) ?? false);
}

/** `string | null`, `object[]`, `"open" | "closed"`. */
export function kindOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return [...new Set(schema.anyOf.map(kindOf))].join(" | ");
  if (schema.items) return `${kindOf(schema.items)}[]`;
  const types = [schema.type ?? "any"].flat().join(" | ");
  return schema.format === undefined ? types : `${types} (${schema.format})`;
}
