import css from "./results.module.css";

/** Members of one value that are shown; levels that are opened. */
const memberCountMax = 200;
const openDepthMax = 1;

/** A value of JSON: what has members is opened by a press. */
export function JsonTree({
  name,
  value,
  depth = 0,
}: {
  name?: string;
  value: unknown;
  depth?: number;
}): React.ReactNode {
  const label = name === undefined ? null : <span className={css["member"]}>{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className={css["leaf"]}>
        {label}
        {JSON.stringify(value)}
      </div>
    );
  }
  const members = Object.entries(value);
  const shown = members.slice(0, memberCountMax);
  return (
    <details className={css["tree"]} open={depth < openDepthMax}>
      <summary>
        {label}
        {Array.isArray(value) ? `[${members.length}]` : `{${members.length}}`}
      </summary>
      {shown.map(([key, member]) => (
        <JsonTree key={key} name={key} value={member} depth={depth + 1} />
      ))}
      {shown.length < members.length && <div className={css["leaf"]}>…</div>}
    </details>
  );
}
