import { defineCommand } from "../frame/command.ts";
import { judgeMutants, type Verdict } from "../mutations/judge.ts";
import { kindNames } from "../mutations/mutations.ts";
import { formatTable } from "../operations/text-table.ts";

export const command = defineCommand({
  summary: "makes every mistake of a fixed list once in our own values, and counts how many check refuses",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only with the values of this environment" }],
  options: {
    list: { help: "name every mistake that is not refused" },
    seed: { value: "SEED", default: "1", help: "another one misspells otherwise" },
  },
  notes: `FREE counts mistakes that no check can tell from what is right, such as another name for a label; they are not in OF. With
--json each says why.`,
  touches: "nothing",
  async run({ root, operands, options }) {
    const verdicts = await judgeMutants(root, options.seed ?? "", operands[0]);
    const survivors = verdicts.filter(({ refusedBy, free }) => refusedBy === undefined && free === undefined);
    const lines = formatTable(table(verdicts));
    if (options.list)
      lines.push("", ...formatTable(survivors.map((one) => [one.kind, one.release, one.path, one.change])));
    return { code: 0, text: lines.join("\n"), data: { verdicts } };
  },
});

function table(verdicts: Verdict[]): string[][] {
  const rows = kindNames.flatMap((kind) => {
    const ofKind = verdicts.filter((verdict) => verdict.kind === kind);
    return ofKind.length > 0 ? [rowOf(kind, ofKind)] : [];
  });
  return [["MISTAKE", "REFUSED", "OF", "BY", "FREE"], ...rows, rowOf("all", verdicts)];
}

function rowOf(name: string, verdicts: Verdict[]): string[] {
  const groups = Map.groupBy(verdicts, ({ refusedBy }) => refusedBy);
  const by = (["schema", "PromQL", "world"] as const).flatMap((one) => {
    const count = groups.get(one)?.length;
    return count ? [`${one} ${count}`] : [];
  });
  const refused = verdicts.length - (groups.get(undefined)?.length ?? 0);
  const free = verdicts.filter((verdict) => verdict.free !== undefined).length;
  return [name, String(refused), String(verdicts.length - free), by.join(", "), free > 0 ? String(free) : ""];
}
