import { Tabs } from "@base-ui/react/tabs";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PacketBook, PacketDetail } from "../../../inspection/browse/packet-book.ts";
import { ActionArea, ActionMenu } from "../../parts/action-menu.tsx";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import { useAnswer } from "../use-answer.ts";
import { bytesOf } from "./bytes.ts";
import css from "./details.module.css";
import { type Acts, nodeActions } from "./field-actions.ts";
import { HexDump } from "./hex-dump.tsx";
import { LayerTree } from "./layer-tree.tsx";
import { innermostAt, type Openness, type TreeNode, treeNodes } from "./tree-nodes.ts";

interface DetailsProps {
  book: PacketBook;
  number: number;
  acts: Acts;
  tree: React.RefObject<HTMLDivElement | null>;
  /** Goes back to the list. */
  leave: () => void;
}

/** One packet: its layers and fields, and beside them its bytes. */
export function PacketDetails({ book, number, acts, tree, leave }: DetailsProps): React.ReactNode {
  const { t } = useTranslation();
  const ask = useCallback((signal: AbortSignal) => book.packet(number, signal), [book, number]);
  const { data, error } = useAnswer(ask);
  // Kept while one goes from packet to packet, so that the eye finds the same field in the same place.
  const [openness, setOpenness] = useState<Openness>(new Map());
  const [chosenKey, choose] = useState<string | null>(null);
  if (error)
    return <Notice kind="bad" title={t("layers.failed", { number })} text={error.message} />;
  if (!data) return <p role="status">{t("packets.coming")}</p>;
  const setOpen = (protocol: string, isOpen: boolean): void =>
    setOpenness((before) => new Map(before).set(protocol, isOpen));
  return (
    <section
      className={css["details"]}
      aria-label={t("layers.of", { number: data.row.number })}
      onKeyDown={({ key }) => key === "Escape" && leave()}
    >
      <Both detail={data} {...{ openness, setOpen, chosenKey, choose, acts, tree, leave }} />
    </section>
  );
}

interface BothProps {
  detail: PacketDetail;
  openness: Openness;
  setOpen: (protocol: string, isOpen: boolean) => void;
  chosenKey: string | null;
  choose: (key: string) => void;
  acts: Acts;
  tree: React.RefObject<HTMLDivElement | null>;
  leave: () => void;
}

function Both(props: BothProps): React.ReactNode {
  const { detail, openness, setOpen, chosenKey, choose, acts, tree } = props;
  const { t } = useTranslation();
  const nodes = useMemo(() => treeNodes(detail, openness), [detail, openness]);
  const chosen = nodes.find(({ key }) => key === chosenKey) ?? null;
  const actions = chosen ? nodeActions(t, chosen, detail.row, acts) : [];
  const chooseByte = (data: number, at: number): void => {
    const node = innermostAt(detail, { data, at });
    if (!node) return;
    setOpen(node.layer.protocol, true);
    choose(node.key);
  };
  return (
    <>
      <DetailsHead {...props} chosen={chosen} />
      <ActionArea
        className={css["treePane"]}
        actions={actions}
        aim={(target) => {
          const key = target.closest<HTMLElement>("[data-key]")?.dataset["key"];
          if (key !== undefined) choose(key);
        }}
      >
        <LayerTree {...{ nodes, chosen, choose, setOpen, tree }} />
      </ActionArea>
      <DataTabs detail={detail} chosen={chosen} chooseByte={chooseByte} />
    </>
  );
}

function DetailsHead({
  detail: { row, missingBytes },
  chosen,
  acts,
  leave,
}: BothProps & { chosen: TreeNode | null }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { stream } = row;
  return (
    <header className={css["head"]}>
      <span className={css["back"]}>
        <Button kind="quiet" onClick={leave}>
          {t("layers.back")}
        </Button>
      </span>
      <h2>{t("layers.of", { number: number(row.number) })}</h2>
      {missingBytes > 0 && (
        <span className={css["missing"]}>{t("layers.missing", { count: missingBytes })}</span>
      )}
      <span className={css["buttons"]}>
        {stream && (
          <Button onClick={() => acts.follow(`${stream.protocol}.${stream.stream}`)}>
            {t("packets.follow")}
          </Button>
        )}
        <ActionMenu
          label={t("layers.actions")}
          actions={chosen ? nodeActions(t, chosen, row, acts) : []}
        />
      </span>
    </header>
  );
}

/** The frame's bytes, and in further tabs what was put together or decompressed. */
function DataTabs({
  detail,
  chosen,
  chooseByte,
}: {
  detail: PacketDetail;
  chosen: TreeNode | null;
  chooseByte: (data: number, at: number) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const all = useMemo(() => detail.data.map(({ base64 }) => bytesOf(base64)), [detail]);
  const range = chosen?.range ?? null;
  const [tab, setTab] = useState({ of: detail, key: chosen?.key, data: 0 });
  // A field that lies in other data brings them to the front.
  const isAnother = tab.of !== detail || tab.key !== chosen?.key;
  const data = isAnother ? (range?.data ?? 0) : tab.data;
  if (isAnother) setTab({ of: detail, key: chosen?.key, data });
  return (
    <Tabs.Root
      className={css["dataPane"]}
      value={data}
      onValueChange={(next: number) => setTab({ of: detail, key: chosen?.key, data: next })}
    >
      {all.length > 1 && (
        <Tabs.List className={css["dataTabs"]} aria-label={t("layers.data")}>
          {detail.data.map(({ name }, at) => (
            <Tabs.Tab key={`${at} ${name}`} value={at} className={css["dataTab"]}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      )}
      {all.map((bytes, at) => (
        <Tabs.Panel key={at} value={at} className={css["dataPanel"]} tabIndex={-1}>
          <HexDump
            bytes={bytes}
            marked={range?.data === at ? range : null}
            choose={(place) => chooseByte(at, place)}
            label={detail.data[at]?.name ?? ""}
          />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
