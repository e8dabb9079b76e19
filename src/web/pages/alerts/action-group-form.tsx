import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type ActionGroup,
  type ActionGroupProperties,
  actionGroupType,
  deleteActionGroup,
  putActionGroup,
} from "../../api/action-groups.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed, useSignedIn } from "../../shell/session-context.ts";
import { ReceiverFields } from "./receiver-fields.tsx";
import { ReceiverTest } from "./receiver-test.tsx";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";
import { useRefresh } from "./rule-table.tsx";
import { fieldErrors } from "./rule-draft.ts";

const shortNameLengthMax = 12;
const blank: ActionGroupProperties = { groupShortName: "", enabled: true, webhookReceivers: [] };

/** One action group with its receivers, and a test of them. */
export function ActionGroupForm({
  known,
  leave,
}: {
  known: ActionGroup | null;
  leave: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [draft, change] = useState<ActionGroupProperties>(known?.properties ?? blank);
  const [name, setName] = useState(known?.name ?? "");
  const { subscriptionId, resourceGroup } = useSignedIn();
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const id = known?.id ?? `${group}/providers/${actionGroupType}/${encodeURIComponent(name)}`;
  const refresh = useRefresh();
  const save = useMutation({
    mutationFn: () =>
      putActionGroup(id, {
        location: known?.location ?? "Global",
        ...(known?.tags ? { tags: known.tags } : {}),
        properties: draft,
      }),
    async onSuccess() {
      await refresh();
      leave();
    },
  });
  const errors = save.error ? fieldErrors(save.error.message) : {};
  const mayWrite = useAllowed(`${actionGroupType}/write`);
  return (
    <form
      className={css["form"]}
      aria-label={known?.name ?? t("groups.new")}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <header className={css["head"]}>
        <h2>{known?.name ?? t("groups.new")}</h2>
        <div className={css["buttons"]}>
          {mayWrite && (
            <Button kind="first" type="submit" isBusy={save.isPending} disabled={name === ""}>
              {t("alerts.save")}
            </Button>
          )}
          {known && <DeleteGroup group={known} leave={leave} />}
          <Button onClick={leave}>{t(mayWrite ? "alerts.cancel" : "alerts.back")}</Button>
        </div>
      </header>
      {save.error && <Notice kind="bad" title={t("alerts.notSaved")} text={save.error.message} />}
      <fieldset className={css["fields"]} disabled={!mayWrite}>
        <Panel title={t("alertForm.general")}>
          <div className={css["columns"]}>
            <Field
              label={t("column.name")}
              value={name}
              required
              readOnly={known !== null}
              onChange={({ target }) => setName(target.value)}
            />
            <Field
              label={t("groups.shortName")}
              value={draft.groupShortName}
              required
              maxLength={shortNameLengthMax}
              error={errors["groupShortName"]}
              hint={t("groups.shortNameHint")}
              onChange={({ target }) => change({ ...draft, groupShortName: target.value })}
            />
            <Choice
              label={t("groups.enabled")}
              isChosen={draft.enabled}
              choose={(enabled) => change({ ...draft, enabled })}
            />
          </div>
        </Panel>
        <ReceiverFields draft={draft} change={change} errors={errors} />
      </fieldset>
      <ReceiverTest groupId={id} draft={draft} />
    </form>
  );
}

function DeleteGroup({ group, leave }: { group: ActionGroup; leave: () => void }): React.ReactNode {
  const { t } = useTranslation();
  const mayDelete = useAllowed(`${actionGroupType}/delete`);
  const [isAsked, ask] = useState(false);
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: () => deleteActionGroup(group),
    async onSuccess() {
      ask(false);
      await refresh();
      leave();
    },
  });
  if (!mayDelete) return null;
  return (
    <>
      <Button kind="danger" onClick={() => ask(true)}>
        {t("alerts.delete")}
      </Button>
      <ConfirmDialog
        isOpen={isAsked}
        change={ask}
        title={t("alerts.deleteTitle", { name: group.name })}
        text={t("groups.deleteText")}
        words={{ confirm: t("alerts.delete"), cancel: t("alerts.keep") }}
        isBusy={remove.isPending}
        confirm={() => remove.mutate()}
      >
        {remove.error && (
          <Notice kind="bad" title={t("alerts.notDone")} text={remove.error.message} />
        )}
      </ConfirmDialog>
    </>
  );
}
