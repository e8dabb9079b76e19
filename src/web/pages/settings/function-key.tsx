import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import {
  type FunctionKeys,
  functionKeysKey,
  type KeyHolder,
  readFunctionKeysAction,
  rotateFunctionKey,
  rotateFunctionKeyAction,
  useFunctionKeys,
} from "../../api/function-keys.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { Once } from "./once.tsx";
import css from "./settings.module.css";

const graces = { none: 0, hour: 3_600, day: 86_400, week: 604_800 } as const;
type Grace = keyof typeof graces;

/** The key with which alerts come in: which action groups have it, and the next one. */
export function FunctionKey(): React.ReactNode {
  const { t } = useTranslation();
  const mayRead = useAllowed(readFunctionKeysAction);
  const mayRotate = useAllowed(rotateFunctionKeyAction);
  const { data } = useFunctionKeys(mayRead);
  const [made, setMade] = useState<string | null>(null);
  if (!data) return null;
  return (
    <Panel title={t("functionKey.title")}>
      <div className={css["text"]}>
        <p>
          {t("functionKey.text")} <code>{data.url}</code>
        </p>
        <Times keys={data} />
      </div>
      {mayRotate && <Rotate holders={data.holders} onMade={setMade} />}
      {made !== null && <Once text={t("functionKey.made")} secret={`${data.url}?code=${made}`} />}
      {data.holders.length > 0 && <Holders holders={data.holders} />}
    </Panel>
  );
}

function Times({ keys: { madeTime, earlierUntilTime } }: { keys: FunctionKeys }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <p>
      {t("functionKey.since")}{" "}
      {madeTime === null ? t("functionKey.first") : <Moment time={madeTime} />}
      {earlierUntilTime !== null && (
        <>
          {" · "}
          <span className={css["warn"]}>
            {t("functionKey.until")} <Moment time={earlierUntilTime} />
          </span>
        </>
      )}
    </p>
  );
}

function Rotate({
  holders,
  onMade,
}: {
  holders: readonly KeyHolder[];
  onMade: (key: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [grace, setGrace] = useState<Grace>("day");
  const names = holders.filter(({ key }) => key === "current").map(nameOf);
  return (
    <div className={css["form"]}>
      <ActButton
        kind="danger"
        words={t("keys.rotate")}
        label={t("keys.rotateOf", { name: t("functionKey.title") })}
        question={{
          title: t("functionKey.question"),
          text: t("functionKey.questionText"),
          more: (
            <>
              <p>
                {names.length === 0
                  ? t("functionKey.nobody")
                  : t("functionKey.held", { names: names.join(", ") })}
              </p>
              <Select
                label={t("functionKey.grace")}
                value={grace}
                choices={(Object.keys(graces) as Grace[]).map((value) => ({
                  value,
                  words: t(`functionKey.graces.${value}`),
                }))}
                choose={setGrace}
              />
            </>
          ),
        }}
        act={() => rotateFunctionKey(graces[grace])}
        changes={[functionKeysKey]}
        onDone={({ key }) => onMade(key)}
      />
    </div>
  );
}

const nameOf = ({ actionGroup, receiver }: KeyHolder): string => `${actionGroup} (${receiver})`;

function Holders({ holders }: { holders: readonly KeyHolder[] }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <DataTable<KeyHolder>
      label={t("functionKey.holders")}
      rows={holders}
      keyOf={nameOf}
      columns={[
        {
          key: "group",
          title: t("functionKey.holders"),
          show: ({ actionGroup, actionGroupId }) => (
            <Link href={`/alerts?part=groups&group=${encodeURIComponent(actionGroupId)}`}>
              {actionGroup}
            </Link>
          ),
          sortBy: ({ actionGroup }) => actionGroup,
        },
        { key: "receiver", title: t("functionKey.receiver"), show: ({ receiver }) => receiver },
        {
          key: "key",
          title: t("keys.key"),
          show: ({ key }) => (
            <span className={css[key === "none" ? "bad" : key === "earlier" ? "warn" : "good"]}>
              {t(`functionKey.has.${key}`)}
            </span>
          ),
          sortBy: ({ key }) => key,
        },
      ]}
    />
  );
}
