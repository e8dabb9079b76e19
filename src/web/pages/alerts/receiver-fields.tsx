import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type ActionGroupProperties,
  calledKinds,
  type Receiver,
  type ReceiverKind,
  receiverKinds,
} from "../../api/action-groups.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";

const kinds = Object.keys(receiverKinds) as ReceiverKind[];

export interface GroupParts {
  draft: ActionGroupProperties;
  change: (draft: ActionGroupProperties) => void;
  errors: Readonly<Record<string, string>>;
}

/** All receivers; those that Nightcap does not call say so, and are kept. */
export function ReceiverFields({ draft, change, errors }: GroupParts): React.ReactNode {
  const { t } = useTranslation();
  const put = (kind: ReceiverKind, receivers: Receiver[]): void =>
    change({ ...draft, [kind]: receivers });
  const count = kinds.reduce((sum, kind) => sum + (draft[kind] ?? []).length, 0);
  return (
    <Panel title={t("groups.receivers")} aside={<AddReceiver draft={draft} put={put} />}>
      {count === 0 && (
        <div className={css["columns"]}>
          <p className={css["small"]}>{t("groups.noReceivers")}</p>
        </div>
      )}
      {kinds.flatMap((kind) =>
        (draft[kind] ?? []).map((receiver, at, all) => (
          <ReceiverRow
            key={`${kind} ${at}`}
            kind={kind}
            receiver={receiver}
            errors={errorsOf(errors, `${kind}.${at}.`)}
            put={(next) => put(kind, next ? all.with(at, next) : all.toSpliced(at, 1))}
          />
        )),
      )}
    </Panel>
  );
}

const errorsOf = (errors: GroupParts["errors"], prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(errors)
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, text]) => [path.slice(prefix.length), text]),
  );

function AddReceiver({
  draft,
  put,
}: {
  draft: ActionGroupProperties;
  put: (kind: ReceiverKind, receivers: Receiver[]) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [kind, setKind] = useState<ReceiverKind>("webhookReceivers");
  const add = (): void => {
    const before = draft[kind] ?? [];
    const common = calledKinds.includes(kind) ? { useCommonAlertSchema: true } : {};
    const receiver = { name: `${t(`receiver.${kind}`)} ${before.length + 1}`, ...common };
    put(kind, [...before, { ...receiver, [receiverKinds[kind]]: "" }]);
  };
  return (
    <div className={css["bar"]}>
      <Select
        label={t("groups.kind")}
        value={kind}
        choices={kinds.map((value) => ({ value, words: t(`receiver.${value}`) }))}
        choose={setKind}
      />
      <Button onClick={add}>{t("groups.add")}</Button>
    </div>
  );
}

function ReceiverRow({
  kind,
  receiver,
  errors,
  put,
}: {
  kind: ReceiverKind;
  receiver: Receiver;
  errors: Readonly<Record<string, string>>;
  /** Null takes it away. */
  put: (receiver: Receiver | null) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const field = receiverKinds[kind];
  const isCalled = calledKinds.includes(kind);
  return (
    <div className={css["receiver"]}>
      <div className={css["receiverFields"]}>
        <Field
          label={t("groups.receiverName", { kind: t(`receiver.${kind}`) })}
          value={receiver.name}
          required
          error={errors["name"]}
          onChange={({ target }) => put({ ...receiver, name: target.value })}
        />
        <Field
          label={t(`receiverField.${field}`)}
          value={textOf(receiver[field])}
          type={isCalled ? "url" : "text"}
          required={isCalled}
          error={errors[field]}
          onChange={({ target }) => put({ ...receiver, [field]: target.value })}
        />
        <Button kind="quiet" onClick={() => put(null)}>
          {t("groups.remove")}
        </Button>
      </div>
      {isCalled && (
        <Choice
          label={t("groups.commonSchema")}
          isChosen={receiver["useCommonAlertSchema"] === true}
          choose={(useCommonAlertSchema) => put({ ...receiver, useCommonAlertSchema })}
        />
      )}
      {!isCalled && <p className={css["small"]}>{t("groups.notCalled")}</p>}
    </div>
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
