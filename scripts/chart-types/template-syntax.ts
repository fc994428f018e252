/** Go template syntax, as far as one must know it to tell which values a chart reads. */

export type Expression =
  | { op: "literal"; value: string | number | undefined }
  | { op: "read"; base: string | Expression; fields: string[] }
  | { op: "call"; name: string; args: Expression[] };

export type Statement =
  | { op: "text"; text: string }
  | { op: "output"; value: Expression }
  | { op: "assign"; names: string[]; value: Expression }
  | { op: "if" | "with" | "range"; names: string[]; value: Expression; body: Statement[]; otherwise: Statement[] }
  | { op: "define"; name: string; body: Statement[] };

/** A piece of a template file: text, or the tokens of one `{{ action }}`. */
type Piece = { text: string } | { tokens: string[] };

const token =
  /\s+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)+'|:=|[|()=,]|\$\w*(?:\.\w+)*|(?:\.\w+)+|\.|[-+]?\d[\w.]*|\w+/y;

function splitPieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    if (open > at || open < 0) pieces.push({ text: source.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    const comment = /\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/y;
    comment.lastIndex = open;
    if (comment.test(source)) {
      at = comment.lastIndex;
      continue;
    }
    const tokens: string[] = [];
    token.lastIndex = open + (/-\s/y.test(source.slice(open + 2, open + 4)) ? 3 : 2);
    for (;;) {
      const start = token.lastIndex;
      if (/^(\s-)?\}\}/.test(source.slice(start, start + 4))) break;
      const match = token.exec(source);
      if (match === null) {
        const line = source.slice(0, start).split("\n").length;
        throw new Error(`line ${line}: not a Go template action: ${source.slice(start, start + 30)}`);
      }
      tokens.push(match[0].trim() === "" ? " " : match[0]);
      if (/^\s+$/.test(match[0]) && /^-?\}\}/.test(source.slice(token.lastIndex, token.lastIndex + 3))) break;
    }
    pieces.push({ tokens });
    at = source.indexOf("}}", token.lastIndex) + 2;
  }
  return pieces;
}

function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: "\n", t: "\t" })[c] ?? c);
}

/** Reads one pipeline (`a | b c`) from tokens; stops at the end or at an unmatched `)`. */
function parsePipeline(tokens: string[]): Expression {
  let value: Expression | undefined;
  do {
    const args: Expression[] = value === undefined ? [] : [value];
    value = parseCommand(tokens, args);
  } while (tokens[0] === "|" && tokens.shift() !== undefined);
  return value;
}

function parseCommand(tokens: string[], piped: Expression[]): Expression {
  const operands: Expression[] = [];
  let name: string | undefined;
  while (tokens.length > 0 && tokens[0] !== "|" && tokens[0] !== ")") {
    const next = tokens.shift() as string;
    if (next === " " || next === ",") continue;
    if (operands.length === 0 && name === undefined && /^[a-zA-Z_]\w*$/.test(next) && !isWord(next)) name = next;
    else operands.push(parseOperand(next, tokens));
  }
  if (name !== undefined) return { op: "call", name, args: [...operands, ...piped] };
  const [first = { op: "literal", value: undefined } as const, ...rest] = operands;
  return rest.length + piped.length === 0 ? first : { op: "call", name: "(method)", args: [first, ...rest, ...piped] };
}

function isWord(text: string): boolean {
  return text === "true" || text === "false" || text === "nil";
}

function parseOperand(next: string, tokens: string[]): Expression {
  if (next === "(") {
    const inner = parsePipeline(tokens);
    tokens.shift();
    return /^\.\w/.test(tokens[0] ?? "")
      ? { op: "read", base: inner, fields: (tokens.shift() as string).slice(1).split(".") }
      : inner;
  }
  if (next.startsWith(".")) return { op: "read", base: ".", fields: next.slice(1).split(".").filter(Boolean) };
  if (next.startsWith("$")) {
    const [base = "$", ...fields] = next.split(".");
    return { op: "read", base, fields };
  }
  if (/^["`']/.test(next)) return { op: "literal", value: unquote(next) };
  if (/^[-+\d]/.test(next)) return { op: "literal", value: Number(next) };
  return isWord(next) ? { op: "literal", value: undefined } : { op: "call", name: next, args: [] };
}

/** `$a, $b := pipeline` or `$a = pipeline` or a plain pipeline. */
function parseBinding(tokens: string[]): { names: string[]; value: Expression } {
  const at = tokens.findIndex((t) => t === ":=" || t === "=");
  const names = at < 0 ? [] : tokens.slice(0, at).filter((t) => t.startsWith("$"));
  return { names, value: parsePipeline(tokens.slice(at + 1)) };
}

/**
 * Parses one template file.
 * @throws Error naming the line where the text is not a Go template.
 */
export function parseTemplate(source: string): Statement[] {
  const pieces = splitPieces(source);
  const top = parseBody(pieces);
  if (pieces.length > 0) throw new Error("an {{ end }} or {{ else }} without its beginning");
  return top;
}

/** Takes pieces up to and without the `end` or `else` that closes this body. */
function parseBody(pieces: Piece[]): Statement[] {
  const body: Statement[] = [];
  for (;;) {
    const piece = pieces[0];
    if (piece === undefined) return body;
    const words = "tokens" in piece ? piece.tokens.filter((t) => t !== " ") : [];
    if (words[0] === "end" || words[0] === "else") return body;
    pieces.shift();
    if ("text" in piece) body.push({ op: "text", text: piece.text });
    else if (words.length > 0) body.push(...parseAction(piece.tokens, words, pieces));
  }
}

function parseAction(tokens: string[], words: string[], pieces: Piece[]): Statement[] {
  const keyword = words[0] as string;
  const rest = tokens.slice(tokens.indexOf(keyword) + 1);
  if (keyword === "if" || keyword === "with" || keyword === "range") {
    const body = parseBody(pieces);
    return [{ op: keyword, ...parseBinding(rest), body, otherwise: parseOtherwise(pieces) }];
  }
  if (keyword === "define" || keyword === "block") {
    const name = unquote(words[1] as string);
    const body = parseBody(pieces);
    pieces.shift();
    return [{ op: "define", name, body }];
  }
  if (keyword === "template") {
    return [{ op: "output", value: parsePipeline(["include", ...rest]) }];
  }
  if (keyword === "break" || keyword === "continue") return [];
  const binding = parseBinding(tokens);
  return [binding.names.length > 0 ? { op: "assign", ...binding } : { op: "output", value: binding.value }];
}

function parseOtherwise(pieces: Piece[]): Statement[] {
  const closing = pieces.shift();
  const words = closing !== undefined && "tokens" in closing ? closing.tokens.filter((t) => t !== " ") : [];
  if (words[0] !== "else") return [];
  if (words.length > 1) {
    const tokens = (closing as { tokens: string[] }).tokens;
    return parseAction(tokens.slice(tokens.indexOf("else") + 1), words.slice(1), pieces);
  }
  const otherwise = parseBody(pieces);
  pieces.shift();
  return otherwise;
}
