import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.js';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (...path: string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;

/** `@peculiar/x509` of `@peculiar/x509/build/index.js`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Packages that the files of a folder import, types among them. */
function importedBy(folder: string): Set<string> {
  const packages = readdirSync(join(packageRoot(), folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap(
      (entry) => ts.preProcessFile(readFileSync(join(entry.parentPath, entry.name), 'utf8')).importedFiles,
    )
    .map(({ fileName }) => fileName)
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map(packageOf);
  return new Set(packages);
}

/** First column of the table under a heading of docs/dependencies.md. */
function tableUnder(heading: string): string[] {
  const section = read('docs', 'dependencies.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| (\S+) \|/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'package');
}

const packed = new Set(['src', 'workers', 'bench'].flatMap((folder) => [...importedBy(folder)]));

describe('dependencies', () => {
  it('what is packed imports only what is installed with it', () => {
    expect([...packed].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });

  it('a dependency that nothing packed imports says so in its row', () => {
    const unused = Object.keys(manifest.dependencies).filter((name) => !packed.has(name));
    const rows = read('docs', 'dependencies.md').split('\n');
    const said = rows.filter((row) => row.includes('imported nowhere yet')).map((row) => row.split(' ')[1]);
    expect(unused.filter((name) => !said.includes(name))).toEqual([]);
    const imported = new Set([...packed, ...importedBy('test')]);
    expect(said.filter((name) => name === undefined || imported.has(name))).toEqual([]);
  });

  it.each([
    ['At run time', Object.keys(manifest.dependencies)],
    ['For development', Object.keys(manifest.devDependencies)],
  ])('the table "%s" has the packages of package.json', (heading, names) => {
    expect(tableUnder(heading).sort()).toEqual([...names].sort());
  });

  it('versions are exact', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
