import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditEntry, useAudit } from "../../api/audit.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./settings.module.css";

const dayMilliseconds = 86_400_000;
const spans = ["1", "7", "30"] as const;
/** More are in the file, and closer filters show them. */
const shownCountMax = 300;

/** Who did what, and who was refused: the newest first. */
export function AuditPart(): React.ReactNode {
  const { t } = useTranslation();
  const [days, setDays] = useState<(typeof spans)[number]>("1");
  const [begin, setBegin] = useState(() => Date.now());
  const [text, setText] = useState("");
  const from = new Date(begin - Number(days) * dayMilliseconds).toISOString();
  const { data = [], error } = useAudit(from);
  const found = data.filter((entry) => has(entry, text)).toReversed();
  return (
    <Panel title={t("settings.audit")} aside={<Export entries={found} />}>
      {error && <Notice kind="bad" title={t("audit.none")} text={error.message} />}
      <div className={css["form"]}>
        <Select
          label={t("audit.since")}
          value={days}
          choices={spans.map((value) => ({
            value,
            words: t("storage.days", { count: Number(value) }),
          }))}
          choose={(chosen) => {
            setDays(chosen);
            setBegin(Date.now());
          }}
        />
        <Field
          label={t("audit.find")}
          type="search"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <Entries entries={found.slice(0, shownCountMax)} omitted={found.length - shownCountMax} />
    </Panel>
  );
}

/** All here are of one subscription; which resource it is stands at the end. */
const shortOf = (resourceId: string): string =>
  resourceId.replace(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\//i, "");

/** Every word is somewhere in it. */
function has(entry: AuditEntry, text: string): boolean {
  const { who, action, resourceId, detail = "", from, outcome } = entry;
  const all = [who?.name, action, resourceId, detail, from, outcome.status, outcome.code];
  const whole = all.join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

function Export({ entries }: { entries: readonly AuditEntry[] }): React.ReactNode {
  const { t } = useTranslation();
  const save = (): void => {
    const blob = new Blob([JSON.stringify(entries, null, 2)], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "nightcap-audit.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 0);
  };
  return (
    <Button disabled={entries.length === 0} onClick={save}>
      {t("audit.save")}
    </Button>
  );
}

function Entries({
  entries,
  omitted,
}: {
  entries: readonly AuditEntry[];
  omitted: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <DataTable<AuditEntry>
      label={t("settings.audit")}
      rows={entries}
      keyOf={({ requestId, when }) => `${requestId} ${when}`}
      omitted={Math.max(0, omitted)}
      columns={[
        { key: "when", title: t("audit.when"), show: ({ when }) => <Moment time={when} /> },
        { key: "who", title: t("roles.who"), show: ({ who }) => who?.name ?? "–" },
        { key: "action", title: t("audit.action"), show: ({ action }) => <code>{action}</code> },
        {
          key: "what",
          title: t("audit.what"),
          show: ({ resourceId, detail }) => (
            <div className={`${css["what"]} ${css["long"]}`}>
              <code title={resourceId}>{shortOf(resourceId)}</code>
              {detail !== undefined && <span className={css["small"]}>{detail}</span>}
            </div>
          ),
        },
        {
          key: "outcome",
          title: t("audit.outcome"),
          show: ({ outcome, count }) => (
            <span className={outcome.status >= 400 ? css["bad"] : undefined}>
              {outcome.code ?? outcome.status}
              {count !== undefined && count > 1 && ` × ${number(count)}`}
            </span>
          ),
        },
        { key: "from", title: t("audit.address"), show: ({ from }) => from ?? "–" },
      ]}
    />
  );
}
