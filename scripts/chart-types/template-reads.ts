import { ManifestPosition } from "./manifest-position.ts";
import { anyOtherFunction, templateFunctions } from "./template-functions.ts";
import { type Expression, parseTemplate, type Statement } from "./template-syntax.ts";
import { anyOf, fieldOf, itemOf, keyOf, type Meaning, mark, markWhole, nothing, type Use } from "./use.ts";

/** A template file of a chart and the values that its `.Values` is. */
export interface TemplateFile {
  name: string;
  source: string;
  values: Use;
}

/** What is known while one body of statements is looked at. */
interface Scope {
  dot: Meaning;
  variables: Map<string, Meaning>;
  position: ManifestPosition;
  /** Text made of values that nothing in this body gives a manifest key: the caller may. */
  returned: Meaning[];
}

/**
 * Follows every template of a chart without running it and records in `values` what is done with which place. Both
 * branches of every condition are taken, each `include` is followed with what it is given, once for the same input.
 * @throws Error naming the file that is not a Go template.
 */
export function followTemplates(files: TemplateFile[]): void {
  const defines = new Map<string, Statement[]>();
  const parsed = files.map((file) => {
    try {
      const body = parseTemplate(file.source);
      collectDefines(body, defines);
      return { ...file, body };
    } catch (error) {
      throw new Error(`${file.name}: ${(error as Error).message}`);
    }
  });
  const follower = new Follower(defines);
  for (const { values, body } of parsed) follower.followFile(body, values);
}

function collectDefines(body: Statement[], defines: Map<string, Statement[]>): void {
  for (const statement of body) {
    if (statement.op === "define") defines.set(statement.name, statement.body);
    if ("body" in statement) collectDefines(statement.body, defines);
  }
}

/** How often a definition is followed within itself: one that walks any tree would never end. */
const maxNesting = 2;

class Follower {
  readonly #following: string[] = [];
  readonly #defines: ReadonlyMap<string, Statement[]>;
  readonly #included = new Map<string, Meaning>();

  constructor(defines: ReadonlyMap<string, Statement[]>) {
    this.#defines = defines;
  }

  followFile(body: Statement[], values: Use): void {
    const dot: Meaning = { uses: [], fields: new Map([["Values", { uses: [values] }]]) };
    for (const meaning of this.#followTemplate(body, dot)) markWhole(meaning, "");
  }

  #followTemplate(body: Statement[], dot: Meaning): Meaning[] {
    const scope: Scope = { dot, variables: new Map([["$", dot]]), position: new ManifestPosition(), returned: [] };
    this.#follow(body, scope);
    return [...new Set(scope.returned)];
  }

  #follow(body: Statement[], scope: Scope): void {
    for (const statement of body) {
      switch (statement.op) {
        case "text":
          scope.position.advance(statement.text);
          break;
        case "output":
          this.#output(statement.value, scope);
          break;
        case "assign":
          this.#assign(statement.names, [this.#evaluate(statement.value, scope)], scope);
          break;
        case "define":
          break;
        default:
          this.#followBlock(statement, scope);
      }
    }
  }

  /** What a name held before stays possible: the assignment may stand in a branch. */
  #assign(names: string[], values: Meaning[], scope: Scope): void {
    names.forEach((name, at) => {
      scope.variables.set(name, anyOf([scope.variables.get(name) ?? nothing, values[at] ?? nothing]));
    });
  }

  #followBlock(block: Extract<Statement, { otherwise: unknown }>, scope: Scope): void {
    const value = this.#evaluate(block.value, scope);
    const inner: Scope = { ...scope, variables: new Map(scope.variables) };
    if (block.op === "range") {
      mark(value, block.names.length > 1 ? "eachKey" : "each");
      inner.dot = itemOf(value);
      const names = block.names.length > 1 ? block.names : ["", ...block.names];
      const keys = value.fields ? { uses: [], strings: [...value.fields.keys()] } : nothing;
      for (const [at, name] of names.entries()) inner.variables.set(name, at === 0 ? keys : inner.dot);
    } else {
      mark(value, "tested");
      if (block.op === "with") inner.dot = value;
      for (const name of block.names) inner.variables.set(name, value);
    }
    this.#follow(block.body, inner);
    this.#follow(block.otherwise, { ...scope, variables: new Map(scope.variables) });
    for (const name of scope.variables.keys()) this.#assign([name], [inner.variables.get(name) ?? nothing], scope);
  }

  #output(expression: Expression, scope: Scope): void {
    const value = this.#evaluate(expression, scope);
    mark(value, "scalar");
    if (scope.position.quoted) mark(value, "quoted");
    const under = scope.position.keysAt(indentOf(expression));
    for (const use of [...value.uses, ...(value.printed ?? [])]) if (under !== "") use.under.add(under);
    for (const text of value.text ?? []) {
      if (under === "") scope.returned.push(text);
      else markWhole(text, under);
    }
  }

  #evaluate(expression: Expression, scope: Scope): Meaning {
    if (expression.op === "literal") {
      return typeof expression.value === "string" ? { uses: [], strings: [expression.value] } : nothing;
    }
    if (expression.op === "read") {
      const { base, fields } = expression;
      const from =
        base === "." ? scope.dot : typeof base === "string" ? scope.variables.get(base) : this.#evaluate(base, scope);
      return fields.reduce(fieldOf, from ?? nothing);
    }
    if (expression.name === "index" && isListRead(expression.args)) {
      const from = this.#evaluate(expression.args[0] as Expression, scope);
      const at = (expression.args[1] as { value: number }).value;
      return from.items?.[at] ?? itemOf(from);
    }
    const args = expression.args.map((arg) => this.#evaluate(arg, scope));
    if (expression.name === "include") return this.#include(args);
    if (expression.name === "(method)") return nothing;
    return (templateFunctions.get(expression.name) ?? anyOtherFunction)(args);
  }

  #include([name = nothing, dot = nothing]: Meaning[]): Meaning {
    const returned = (name.strings ?? []).map((template) => {
      const key = `${template}${keyOf(dot)}`;
      const known = this.#included.get(key);
      const nesting = this.#following.filter((one) => one === template).length;
      if (known !== undefined || nesting > maxNesting) return known ?? nothing;
      this.#included.set(key, nothing);
      this.#following.push(template);
      const text = this.#followTemplate(this.#defines.get(template) ?? [], dot);
      this.#following.pop();
      const meaning = text.length > 0 ? { uses: [], text } : nothing;
      this.#included.set(key, meaning);
      return meaning;
    });
    return anyOf(returned);
  }
}

function isListRead(args: Expression[]): boolean {
  const key = args[1];
  return args.length === 2 && key?.op === "literal" && typeof key.value === "number";
}

/** The columns that `nindent` or `indent` at the end of a pipeline moves the text to. */
function indentOf(expression: Expression): number | undefined {
  if (expression.op !== "call" || !/^n?indent$/.test(expression.name)) return undefined;
  const [columns] = expression.args;
  return columns?.op === "literal" && typeof columns.value === "number" ? columns.value : undefined;
}
