import { loadCompiler } from "./compiler.ts";
import { addLiteral, type Part, type Place } from "./places.ts";

/**
 * The text of a TypeScript module, changed so that each object and array that its literals make is known to `places.ts`,
 * with where its parts are written. What the module does is the same.
 */
export function instrument(file: string, text: string): string {
  compiler ??= loadCompiler<Compiler>();
  const ts = compiler;
  const { SyntaxKind } = ts;
  const source = ts.createSourceFile(file, text, 99, true); // 99: the newest ECMAScript
  const edits: Edit[] = [];
  const insert = (offset: number, added: string) => edits.push({ offset, added });
  const start = (node: Node) => node.getStart(source);
  const placeOf = (node: Node): Place => {
    const { line, character } = source.getLineAndCharacterOfPosition(start(node));
    return { file, line: line + 1, column: character + 1 };
  };

  const partOf = (node: Node): Part => {
    const isSpread = node.kind === SyntaxKind.SpreadAssignment || node.kind === SyntaxKind.SpreadElement;
    const value = placeOf((isSpread ? node.expression : node.initializer) ?? node);
    return { key: value, value, ...(isSpread && { spreads: true }) };
  };
  const propertyOf = (node: Node): Part => {
    const part = partOf(node);
    if (!node.name) return part;
    const key = placeOf(node.name);
    const isComputed = node.name.kind === SyntaxKind.ComputedPropertyName;
    return { ...part, key, ...(isComputed ? { spreads: true } : { name: node.name.text ?? "" }) };
  };

  const object = (node: Node): void => {
    const { properties = [] } = node;
    const id = addLiteral({ at: placeOf(node), parts: properties.map(propertyOf) });
    insert(start(node), `${runtime}.object(${id}, `);
    for (const [index, property] of properties.entries()) {
      if (property.kind === SyntaxKind.SpreadAssignment && property.expression) {
        insert(start(property.expression), `${runtime}.spread(${index}, `);
        visit(property.expression);
        insert(property.expression.end, ")");
      } else if (property.name?.kind === SyntaxKind.ComputedPropertyName) {
        // The name is known when the module runs, so it becomes a spread of an object with that one property.
        insert(start(property), `...${runtime}.spread(${index}, {`);
        ts.forEachChild(property, visit);
        insert(property.end, "})");
      } else visit(property);
    }
    insert(node.end, ")");
  };

  const array = (node: Node): void => {
    const { elements = [] } = node;
    const id = addLiteral({ at: placeOf(node), parts: elements.map(partOf) });
    insert(start(node), `${runtime}.array(${id}, `);
    for (const element of elements) {
      if (element.kind === SyntaxKind.SpreadElement && element.expression) {
        const { expression } = element;
        // Without the dots: a list among the lists of parts.
        edits.push({ offset: start(element), added: `${runtime}.items(`, until: start(expression) });
        visit(expression);
        insert(expression.end, ")");
      } else {
        insert(start(element), element.kind === SyntaxKind.OmittedExpression ? "[undefined" : "[");
        visit(element);
        insert(element.end, "]");
      }
    }
    insert(node.end, ")");
  };

  const visit = (node: Node): void => {
    if (node.kind === SyntaxKind.ObjectLiteralExpression) object(node);
    else if (node.kind === SyntaxKind.ArrayLiteralExpression) array(node);
    else if (isAssignment(node)) {
      // What looks like a literal on the left takes a value apart.
      if (node.right) visit(node.right);
    } else ts.forEachChild(node, visit);
  };
  const isAssignment = ({ left, operatorToken }: Node): boolean => {
    const { ObjectLiteralExpression, ArrayLiteralExpression, EqualsToken } = SyntaxKind;
    const isPattern = left?.kind === ObjectLiteralExpression || left?.kind === ArrayLiteralExpression;
    return isPattern && operatorToken?.kind === EqualsToken;
  };
  ts.forEachChild(source, visit);
  return `import * as ${runtime} from ${JSON.stringify(new URL("places.ts", import.meta.url).href)};${apply(text, edits)}`;
}

/** A name that no module has. */
const runtime = "$places";

/** Text to add at an offset, in the place of the text up to another. */
interface Edit {
  offset: number;
  added: string;
  until?: number;
}

/** Edits of one offset stay in their order: they were found from the outside inwards, or at the end of one thing after another. */
function apply(text: string, edits: Edit[]): string {
  let result = "";
  let at = 0;
  for (const { offset, added, until = offset } of edits.toSorted((one, other) => one.offset - other.offset)) {
    result += text.slice(at, offset) + added;
    at = until;
  }
  return result + text.slice(at);
}

let compiler: Compiler | undefined;

/** What is used of the compiler, which has no types here. */
interface Compiler {
  SyntaxKind: Record<
    | "ObjectLiteralExpression"
    | "ArrayLiteralExpression"
    | "SpreadAssignment"
    | "SpreadElement"
    | "OmittedExpression"
    | "ComputedPropertyName"
    | "EqualsToken",
    number
  >;
  createSourceFile(file: string, text: string, languageVersion: number, setParents: boolean): SourceFile;
  forEachChild(node: Node, visit: (child: Node) => void): void;
}

interface Node {
  kind: number;
  end: number;
  getStart(source: Node): number;
  text?: string;
  name?: Node;
  expression?: Node;
  initializer?: Node;
  left?: Node;
  right?: Node;
  operatorToken?: Node;
  properties?: Node[];
  elements?: Node[];
}

interface SourceFile extends Node {
  getLineAndCharacterOfPosition(offset: number): { line: number; character: number };
}
