import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { VERSION } from '../core/prism-version.ts'
import { placeOf } from './rooms.ts'
import { fileGraph, findCircles, folderGraph, importsOf, resolveImport, type SourceFile } from './source-graph.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

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

/** What the code must not contain, and what to do instead. */
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

const LINES_END = 350
/** Files that are longer until they are split. The list only shrinks. */
const LONG_FILES: readonly string[] = [
  'test/cluster/cluster-node.test.ts',
  'test/http/never-500.test.ts',
  'test/collections/branch-cuts.slow.test.ts',
  'test/shard/open-shards.test.ts',
  'bench/postings.bench.ts',
]
const FOLDER_FILES_MAX = 25

/** The ring of a test is in its file name: no suffix means fast; the other tests are slow or need servers. */
const RING = /\/[^./]+(?:\.(?:slow|servers))?\.test\.ts$/

const EXPORTED = /^export (?:declare )?(?:abstract )?(?:async )?(?:type|interface|class|function\*?|const|let) (\w+)/gm

/** Instead: caller, again, next to, reported, already, later. */
const RARE_WORDS =
  /\b(whoever|whosoever|anew|beside|told|meanwhile|thereof|therein|lest|heeds?|hence|shall|upon|hears of)\b/gi

/** Rooms in which every exported name has a docstring. */
const DOCUMENTED = /^core\/(client|contract|engine|http|open|query)\//

test('imports point only to lower ranks', () => {
  const wrong = code.flatMap((file) => {
    const from = placeOf(file.path)
    if (from.rank === -1) return [`${file.path} belongs to no unit of test/rooms.ts`]
    return importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target }) => placeOf(resolveImport(file.path, target)))
      .filter((to) => to.unit !== from.unit && to.rank >= from.rank)
      .map((to) => `${file.path} must not import ${to.unit}`)
  })
  expect(wrong).toEqual([])
})

test('the graph of imports has no cycle of files or folders, including imports of types', () => {
  const files = fileGraph([...code, ...infra, ...tests])

  expect(files.size).toBeGreaterThan(400)
  expect(findCircles(files)).toEqual([])
  expect(findCircles(folderGraph(files))).toEqual([])
})

test('time, randomness and the environment enter only through their interfaces', () => {
  const found = [...code, ...infra].flatMap(({ path, text }) =>
    BANNED.filter(([what, , except]) => what.test(text) && !except?.test(path)).map(
      ([, instead]) => `${path}: ${instead}`,
    ),
  )
  expect(found).toEqual([])
})

test('each entry of a third-party package is imported by exactly one file', () => {
  const importers = new Map<string, Set<string>>()
  // Type declarations import no code.
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
  // Finds packages that no file imports, and packages that are installed only because of another one. Packages that only functions
  // import go into their bundles, so users of the package need not install them.
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

test('relative imports name an existing file with its extension', () => {
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

test('files stay short enough for one idea, and folders small enough for one room', () => {
  const all = [...code, ...infra, ...tests]
  const long = all
    // Generated tables are as long as their data.
    .filter(({ path }) => !/-tables?\.ts$/.test(path))
    .filter(({ text }) => text.trimEnd().split('\n').length >= LINES_END)
    .map(({ path }) => path)
  const sizes = new Map<string, number>()
  for (const { path } of all) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1)
  const crowded = [...sizes].filter(([, size]) => size > FOLDER_FILES_MAX)

  expect(long.sort()).toEqual([...LONG_FILES].sort())
  expect(crowded).toEqual([])
})

test('an exported name is defined in one file of the engine', () => {
  const files = new Map<string, Set<string>>()
  for (const { path, text } of code.filter(({ path }) => path.startsWith('core/'))) {
    for (const [, name] of text.matchAll(EXPORTED)) files.set(name!, (files.get(name!) ?? new Set()).add(path))
  }
  const shared = [...files].filter(([, { size }]) => size > 1).map(([name]) => name)

  expect(files.size).toBeGreaterThan(500)
  expect(shared.sort()).toEqual([])
})

test('every exported name of the public rooms has a docstring', () => {
  const bare = code
    .filter(({ path }) => DOCUMENTED.test(path))
    .flatMap(({ path, text }) =>
      Array.from(text.matchAll(EXPORTED))
        .filter(({ index }) => !text.slice(0, index).trimEnd().endsWith('*/'))
        .map(([, name]) => `${path}: ${name}`),
    )
  expect(bare).toEqual([])
})

test('code and guides use words that readers of many mother tongues know', () => {
  const guides = [...documents(), ...read('docs').filter(({ path }) => !path.startsWith('docs/decisions/'))]
  const prose = guides.map(({ path, text }) => ({ path, text: text.replace(/\]\([^)]*\)/g, ']') }))
  const rare = [...code, ...infra, ...prose].flatMap(({ path, text }) =>
    Array.from(text.matchAll(RARE_WORDS), ([word]) => `${path}: ${word}`),
  )
  expect(rare).toEqual([])
})

test('every file below test/ is a test of one ring by its name, or is named by another file', () => {
  const files = tests.filter(({ path }) => path.startsWith('test/'))
  const [own, helpers] = [true, false].map((isTest) => files.filter(({ path }) => path.endsWith('.test.ts') === isTest))
  const naming = [...tests, ...infra, ...read('functions'), { path: '', text: JSON.stringify(packageJson) }]
  const isNamed = (path: string): boolean => {
    const name = new RegExp(`(?<![\\w-])${basename(path).replaceAll('.', '\\.')}`)
    return path.endsWith('.d.ts') || naming.some((other) => other.path !== path && name.test(other.text))
  }

  expect(own!.length).toBeGreaterThan(150)
  expect(own!.map(({ path }) => path).filter((path) => !RING.test(path))).toEqual([])
  expect(helpers!.map(({ path }) => path).filter((path) => !isNamed(path))).toEqual([])
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

test('no file contains a path of a developer’s machine', () => {
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

test('docs/decisions explains every dependency', () => {
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

test('the lock files have a checksum for every package and name no registry', () => {
  const wrong = ['package-lock.json', 'bench/package-lock.json'].flatMap((file) => {
    const { packages } = JSON.parse(readFileSync(root + file, 'utf8')) as { packages: Record<string, LockedPackage> }
    return Object.entries(packages)
      .filter(([place, { link }]) => place !== '' && !link)
      .filter(([, { integrity, resolved }]) => !integrity?.startsWith('sha512-') || resolved !== undefined)
      .map(([place]) => `${file}: ${place}`)
  })
  expect(wrong).toEqual([])
})

type LockedPackage = { readonly link?: boolean; readonly integrity?: string; readonly resolved?: string }

test('links in documents have existing targets', () => {
  const broken = [...documents(), ...read('docs').filter(({ path }) => path.endsWith('.md'))].flatMap(
    ({ path, text }) =>
      Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, target]) => target!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('ARCHITECTURE.md names every folder of the engine', () => {
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
