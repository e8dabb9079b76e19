import { useEffect, useId } from "react";
import { useTranslation } from "react-i18next";
import css from "./details.module.css";
import type { TreeNode } from "./tree-nodes.ts";

interface TreeProps {
  nodes: readonly TreeNode[];
  chosen: TreeNode | null;
  choose: (key: string) => void;
  setOpen: (protocol: string, isOpen: boolean) => void;
  tree: React.RefObject<HTMLDivElement | null>;
}

/** The packet's layers from the outside in, and the fields of each. */
export function LayerTree({ nodes, chosen, choose, setOpen, tree }: TreeProps): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const at = chosen ? nodes.findIndex(({ key }) => key === chosen.key) : -1;
  useEffect(() => {
    tree.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen?.key, tree]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const act = actionOf(event.key, nodes, at);
    if (!act) return;
    event.preventDefault();
    if (act.kind === "choose") choose(act.node.key);
    else setOpen(act.node.layer.protocol, act.kind === "open");
  };
  return (
    <div
      ref={tree}
      role="tree"
      tabIndex={0}
      aria-label={t("layers.tree")}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      className={css["tree"]}
      onKeyDown={onKeyDown}
    >
      {nodes.map((node, place) => (
        <TreeLine
          key={node.key}
          id={`${id}-${place}`}
          node={node}
          isChosen={place === at}
          press={() => {
            choose(node.key);
            if (!node.field) setOpen(node.layer.protocol, !node.isOpen);
          }}
        />
      ))}
    </div>
  );
}

const TreeLine = ({
  id,
  node,
  isChosen,
  press,
}: {
  id: string;
  node: TreeNode;
  isChosen: boolean;
  press: () => void;
}): React.ReactNode => {
  const { field, layer, isOpen, position, size, key } = node;
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={field ? 2 : 1}
      aria-posinset={position}
      aria-setsize={size}
      aria-selected={isChosen}
      aria-expanded={field ? undefined : isOpen}
      data-key={key}
      className={css[field ? "field" : "layer"]}
      onClick={press}
    >
      {field ? (
        <>
          <span className={css["label"]}>{field.label}</span>
          <span className={css["value"]}>{field.value}</span>
          <span className={css["name"]}>{field.name}</span>
        </>
      ) : (
        layer.title
      )}
    </div>
  );
};

type Action = { kind: "choose" | "open" | "shut"; node: TreeNode };

/** What a key does in the tree, as trees everywhere. */
function actionOf(key: string, nodes: readonly TreeNode[], at: number): Action | null {
  const here = nodes[at];
  const go = (node: TreeNode | undefined): Action | null =>
    node ? { kind: "choose", node } : null;
  switch (key) {
    case "ArrowDown":
      return go(nodes[at + 1]);
    case "ArrowUp":
      return go(nodes[Math.max(0, at - 1)]);
    case "Home":
      return go(nodes[0]);
    case "End":
      return go(nodes.at(-1));
    case "ArrowRight":
      if (!here || here.field) return null;
      return here.isOpen ? go(nodes[at + 1]) : { kind: "open", node: here };
    case "ArrowLeft":
      if (!here) return null;
      if (here.field) return go(nodes.find(({ key: name }) => name === here.parent));
      return here.isOpen ? { kind: "shut", node: here } : null;
    case "Enter":
    case " ":
      if (!here || here.field) return null;
      return { kind: here.isOpen ? "shut" : "open", node: here };
    default:
      return null;
  }
}
