/** What a request's `Prefer` header asks for (https://learn.microsoft.com/azure/azure-monitor/logs/api/prefer-options). */
export interface Preferences {
  readonly waitSeconds: number | null;
  readonly statistics: boolean;
  readonly render: boolean;
  readonly dataSources: boolean;
}

const headerLengthMax = 2_000;

/** What is not known is no error (RFC 7240, 2). */
export function parsePreferences(header: string | null): Preferences {
  const wanted = new Map(
    (header ?? "")
      .slice(0, headerLengthMax)
      .split(/[,;]/)
      .map((part) => {
        const [name = "", value = "true"] = part.split("=");
        return [name.trim().toLowerCase(), value.trim().replaceAll('"', "").toLowerCase()];
      }),
  );
  const wait = wanted.get("wait") ?? "";
  const seconds = /^\d{1,9}$/.test(wait) ? Number(wait) : 0;
  return {
    waitSeconds: seconds > 0 ? seconds : null,
    statistics: wanted.get("include-statistics") === "true",
    render: wanted.get("include-render") === "true",
    dataSources: wanted.get("include-datasources") === "true",
  };
}
