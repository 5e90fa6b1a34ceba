import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { VERSION } from '../core/prism-version.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
type SourceFile = { readonly path: string; readonly text: string }

function read(...folders: string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(root + folder))
    .flatMap((folder) =>
      readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
    )
    .filter((path) => /\.(ts|mjs|md|json)$/.test(path) && !/node_modules|\/\.data\//.test(path))
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
}

const code = read('core', 'functions', 'cli').filter(({ path }) => path.endsWith('.ts'))
const infra = read('infra').filter(({ path }) => path.endsWith('.ts'))
const tests = read('test', 'bench').filter(({ path }) => path.endsWith('.ts'))
const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  version: string
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** What must not be said in the code, and what to say instead. */
const BANNED: readonly (readonly [what: RegExp, instead: string, except?: RegExp])[] = [
  [
    /\bDate\.now\(|\bnew Date\(\)|\bset(Timeout|Interval)\(|\bperformance\.now\(/,
    'use Clock',
    /^core\/(system-clock|http\/docs\/docs-script)\.ts$/,
  ],
  [/node:timers/, 'use Clock', /^core\/system-clock\.ts$/],
  [/\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/, 'use Random', /^core\/system-random\.ts$/],
  [
    /\bprocess\.env\b/,
    'only cli/prism.ts reads the environment',
    /^cli\/prism\.ts$|^(functions\/context|infra\/settings)\.ts$/,
  ],
  [/\bFIXME\b|\bTODO\b(?! #\d)|\.only\(|\bdebugger\b/, 'remove before merging'],
  [/^export default\b/m, 'export by name'],
  [/^\s*(?:export )?(?:const )?enum \w+ \{|^\s*(?:export )?namespace\b/m, 'not erasable'],
  [/@ts-(ignore|nocheck)/, 'say what is wrong with @ts-expect-error'],
]

/** Lowest first. A file may import its own unit and the ranks below, never a neighbour. */
const RANKS: readonly (readonly string[])[] = [
  ['core/errors', 'core/assert', 'core/clock', 'core/random', 'core/prism-version', 'core/edit-distance'],
  [
    'core/system-clock',
    'core/system-random',
    'core/utf8',
    'core/nearest-name',
    'core/message-pack',
    'core/time-limit',
    'core/thawing-clock',
  ],
  ['core/bytes', 'core/cache'],
  ['core/storage', 'core/coordination', 'core/analysis'],
  ['core/postings', 'core/columns'],
  ['core/dictionary'],
  ['core/schema', 'core/contract', 'core/threads'],
  ['core/segment/format'],
  ['core/segment/write', 'core/segment/read'],
  ['core/segment/merge'],
  ['core/segment/scrub'],
  ['core/version'],
  ['core/collections'],
  ['core/writing'],
  ['core/compaction'],
  ['core/garbage'],
  ['core/query/language'],
  ['core/query/filter'],
  ['core/reading'],
  ['core/query/score'],
  ['core/query/search'],
  ['core/repair', 'core/cluster'],
  ['core/transport'],
  ['core/engine'],
  ['core/client'],
  ['core/http', 'core/open'],
  ['functions', 'cli'],
]

/** Pure types that lower ranks may name. */
const TYPES_FOR_ALL = /^core\/schema\/schema\.ts$/

function placeOf(path: string): { unit: string; rank: number } {
  const rank = RANKS.findIndex((units) => units.some((unit) => isIn(path, unit)))
  return { unit: RANKS[rank]?.find((unit) => isIn(path, unit)) ?? path, rank }
}

function isIn(path: string, unit: string): boolean {
  return path.startsWith(`${unit}/`) || path === `${unit}.ts`
}

/** Paths and packages that a file imports, in any of the ways there are. */
function importsOf({ text }: SourceFile): { target: string; isTypeOnly: boolean }[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  )
  return Array.from(found, ([, type, named, lazy, bare]) => ({
    target: (named ?? lazy ?? bare)!,
    isTypeOnly: type !== undefined,
  }))
}

test('imports point one way', () => {
  const wrong = code.flatMap((file) => {
    const from = placeOf(file.path)
    if (from.rank === -1) return [`${file.path} belongs to no unit in RANKS`]
    return importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target, isTypeOnly }) => ({
        path: relative(root, resolve(root, dirname(file.path), target)),
        isTypeOnly,
      }))
      .filter(({ path, isTypeOnly }) => !(isTypeOnly && TYPES_FOR_ALL.test(path)))
      .map(({ path }) => placeOf(path))
      .filter((to) => to.unit !== from.unit && to.rank >= from.rank)
      .map((to) => `${file.path} must not import ${to.unit}`)
  })
  expect(wrong).toEqual([])
})

test('time, chance and the environment enter only through their interfaces', () => {
  const found = [...code, ...infra].flatMap(({ path, text }) =>
    BANNED.filter(([what, , except]) => what.test(text) && !except?.test(path)).map(
      ([, instead]) => `${path}: ${instead}`,
    ),
  )
  expect(found).toEqual([])
})

test('each entry of a third-party package is imported by exactly one file', () => {
  const importers = new Map<string, Set<string>>()
  // Declarations of types import nothing that runs.
  for (const file of code.filter(({ path }) => !path.endsWith('.d.ts'))) {
    for (const { target } of importsOf(file)) {
      if (target.startsWith('.') || target.startsWith('node:')) continue
      importers.set(target, (importers.get(target) ?? new Set()).add(file.path))
    }
  }
  const shared = [...importers]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${name}: ${[...paths].join(', ')}`)

  expect(shared).toEqual([])
  // A package that nobody imports, or that comes with another by luck, is found here. What only functions import
  // goes into their bundles, and is nothing that users of the package have to install.
  const isForFunctions = ([, paths]: [string, Set<string>]) => [...paths].every((path) => path.startsWith('functions/'))
  const packagesOf = (entries: [string, Set<string>][]) => [...new Set(entries.map(([target]) => packageOf(target)))]
  const needed = packagesOf([...importers].filter((entry) => !isForFunctions(entry)))
  const declared = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)]
  expect(needed.sort()).toEqual(Object.keys(packageJson.dependencies).sort())
  expect(packagesOf([...importers]).filter((name) => !declared.includes(name))).toEqual([])
})

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

test('relative imports name the file, extension and all, and it is there', () => {
  const wrong = [...code, ...infra, ...tests].flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .filter(
        ({ target }) => !/\.(ts|mjs|js|json)$/.test(target) || !existsSync(resolve(root, dirname(file.path), target)),
      )
      .map(({ target }) => `${file.path} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

test('no file is a barrel or a dumping ground', () => {
  const vague = code.filter(({ path }) =>
    /(^|\/)(index|utils?|helpers?|common|misc|types|shared|lib|constants)\.ts$/.test(path),
  )
  const folders = code.filter(({ path }) => /\/(utils?|lib|shared|types|config|services|models|helpers?)\//.test(path))

  expect([...vague, ...folders].map(({ path }) => path)).toEqual([])
})

test('files stay short enough to be one idea', () => {
  /** Tables made by a script are as long as their data. */
  const generated = /-tables?\.ts$/
  const long = [...code, ...infra, ...tests]
    .filter(({ path }) => !generated.test(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter(({ lines }) => lines > 400)
    .map(({ path, lines }) => `${path}: ${lines} lines`)

  expect(long).toEqual([])
})

test('names of tests are sentences, and nothing is mocked', () => {
  const wrong = tests.flatMap(({ path, text }) => {
    const found: string[] = []
    if (/\bvi\.(mock|fn|spyOn)\(/.test(text) && !path.endsWith('tidy.test.ts')) found.push(`${path}: mocks`)
    for (const [, name] of text.matchAll(/\btest(?:\.each\([\s\S]*?\))?\(\s*'((?:[^'\\]|\\.)*)'/g)) {
      if (/\bshould\b|\bworks?\b/i.test(name!)) found.push(`${path}: "${name}" states no fact`)
    }
    if (/^\s*it\(/m.test(text)) found.push(`${path}: say test, not it`)
    return found
  })
  expect(wrong).toEqual([])
})

test('no file names a place on somebody’s machine', () => {
  const everything = [...read('core', 'functions', 'infra', 'cli', 'test', 'bench', 'docs'), ...documents()]
  const found = everything.flatMap(({ path, text }) => {
    if (path.endsWith('tidy.test.ts')) return []
    return Array.from(
      text.matchAll(/(?:^|[\s'"`(=])(\/(?:work|tmp|home|root|Users)\/[\w./-]+)/gm),
      ([, place]) => `${path}: ${place}`,
    )
  })
  expect(found).toEqual([])
})

test('every dependency has a sentence in docs/decisions', () => {
  const decisions = read('docs')
    .filter(({ path }) => path.startsWith('docs/decisions/'))
    .map(({ text }) => text)
    .join('\n')
  const all = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)]

  expect(all.filter((name) => !decisions.includes(`\`${name}\``))).toEqual([])
})

test('dependencies are pinned to exact versions', () => {
  const all = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies })

  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

test('links in the documents lead somewhere', () => {
  const broken = [...documents(), ...read('docs').filter(({ path }) => path.endsWith('.md'))].flatMap(
    ({ path, text }) =>
      Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, target]) => target!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('the map names every folder of the engine', () => {
  const map = readFileSync(`${root}ARCHITECTURE.md`, 'utf8')
  const folders = new Set(code.map(({ path }) => dirname(path)))

  expect([...folders].filter((folder) => !map.includes(`${folder}/`))).toEqual([])
})

test('the version is the package’s', () => {
  expect(VERSION).toBe(packageJson.version)
})

function documents(): SourceFile[] {
  return ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].map((path) => ({
    path,
    text: readFileSync(root + path, 'utf8'),
  }))
}
