import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';

const SOURCE = join(packageRoot(), 'src');
const ENTRY = join(SOURCE, 'index.ts');

/** Only functions of the library look into these (src/index.ts). */
const OPAQUE = new Set(['ClusterState', 'NodeState']);

/** Names that stand in what the entry exports, with who names them, and are exported by their own file alone. */
function unnamed(): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(packageRoot(), 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    packageRoot(),
  );
  const program = ts.createProgram([ENTRY], options);
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const entry = program.getSourceFile(ENTRY);
  const module = entry === undefined ? undefined : checker.getSymbolAtLocation(entry);
  if (module === undefined) throw new Error(`no module at ${ENTRY}`);
  const exported = new Set(checker.getExportsOfModule(module).map(original));
  const seen = new Set<ts.Symbol>();
  const found = new Set<string>();

  const named = (name: ts.Node, by: string, needsName: boolean): void => {
    const at = checker.getSymbolAtLocation(name);
    if (at === undefined) return;
    const symbol = original(at);
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined || !declaration.getSourceFile().fileName.startsWith(SOURCE)) return;
    if (symbol.flags & ts.SymbolFlags.TypeParameter || OPAQUE.has(symbol.name)) return;
    const isExported = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;
    if (needsName && isExported && !exported.has(symbol)) found.add(`${symbol.name}, in ${by}`);
    visit(symbol);
  };
  const walk = (node: ts.Node | undefined, by: string): void => {
    if (node === undefined) return;
    if (ts.isTypeReferenceNode(node)) {
      named(ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName, by, true);
    }
    // nobody has to name what an interface is made from to use it
    if (ts.isExpressionWithTypeArguments(node)) named(node.expression, by, false);
    ts.forEachChild(node, (child) => walk(child, by));
  };
  const signature = (node: ts.SignatureDeclaration, by: string): void => {
    for (const part of [...node.parameters.map(({ type }) => type), node.type]) walk(part, by);
    for (const parameter of node.typeParameters ?? []) walk(parameter, by);
  };
  const member = (node: ts.ClassElement, by: string): void => {
    const isPrivate = node.name !== undefined && ts.isPrivateIdentifier(node.name);
    if (isPrivate || ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return;
    if (ts.isPropertyDeclaration(node)) walk(node.type, by);
    else if (ts.isFunctionLike(node)) signature(node, by);
  };
  const visit = (symbol: ts.Symbol): void => {
    if (seen.has(symbol) || OPAQUE.has(symbol.name)) return;
    seen.add(symbol);
    for (const node of symbol.declarations ?? []) {
      if (ts.isFunctionDeclaration(node)) signature(node, symbol.name);
      else if (ts.isVariableDeclaration(node)) walk(node.type, symbol.name);
      else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
        ts.forEachChild(node, (child) => walk(child, symbol.name));
      } else if (ts.isClassDeclaration(node)) {
        for (const clause of node.heritageClauses ?? []) walk(clause, symbol.name);
        for (const element of node.members) member(element, symbol.name);
      }
    }
  };
  for (const symbol of exported) visit(symbol);
  return [...found].sort();
}

describe('src/index.ts', () => {
  it('exports every name that stands in a signature that it exports', () => {
    expect(unnamed()).toEqual([]);
  });
});
