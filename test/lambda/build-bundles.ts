import { mkdir } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, extname, join, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { EXTERNALS } from '../../infra/externals.ts'

export type Bundle = {
  /** All code of the function, which SST would zip. */
  readonly folder: string
  /** The entry in `folder`, with the extension `.mjs`. */
  readonly entry: string
  /** Bytes of the entry and its static imports, which every cold start reads and compiles. */
  readonly initBytes: number
  readonly totalBytes: number
  /** Source files of the bundle, relative to the working folder of this process or from `node_modules/` on. */
  readonly sources: readonly string[]
  /** Packages that the function imports from outside the bundle, except those of Node. */
  readonly external: readonly { readonly path: string; readonly kind: string }[]
}

/** The banner of SST 4.17.1, for packages that use CommonJS. */
const BANNER = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  'const require = topLevelCreateRequire(import.meta.url);',
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  'const __filename = topLevelFileUrlToPath(import.meta.url)',
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join('\n')

/** SST's options with those of infra/. The first two externals are always SST's. */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'esnext',
  mainFields: ['module', 'main'],
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  splitting: true,
  outExtension: { '.js': '.mjs' },
  external: ['sharp', 'pg-native', ...EXTERNALS],
  banner: { js: BANNER },
  logLevel: 'silent',
} as const satisfies BuildOptions

/**
 * Bundles functions like a deployment, each into its own folder.
 *
 * The folder should be outside the repository, so a bundle that still needs `node_modules` fails here too.
 *
 * @throws the error in the code, with its place
 */
export async function buildBundles<Name extends string>(
  entries: Readonly<Record<Name, string>>,
  outFolder: string,
): Promise<Record<Name, Bundle>> {
  const bundles: [string, Bundle][] = []
  for (const [name, path] of Object.entries<string>(entries)) {
    bundles.push([name, await buildBundle(path, join(outFolder, name))])
  }
  return Object.fromEntries(bundles) as Record<Name, Bundle>
}

async function buildBundle(path: string, folder: string): Promise<Bundle> {
  await mkdir(folder, { recursive: true })
  // The names in the metafile are relative to the working folder.
  const options: BuildOptions = { ...OPTIONS, entryPoints: [path], outdir: folder, absWorkingDir: folder }
  const { metafile } = await build({ ...options, metafile: true })
  const entry = `${basename(path, extname(path))}.mjs`
  return {
    folder,
    entry,
    initBytes: sizeOf(metafile, importedAtOnce(metafile, entry)),
    totalBytes: sizeOf(metafile, Object.keys(metafile.outputs)),
    sources: sourcesOf(metafile, folder),
    external: externalOf(metafile),
  }
}

function sourcesOf({ outputs }: Metafile, folder: string): string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  )
  const paths = used.map(([path]) => relative(process.cwd(), resolve(folder, path)))
  return [...new Set(paths.map((path) => path.replace(/^.*(?=node_modules\/)/, '')))].sort()
}

function externalOf({ outputs }: Metafile): Bundle['external'] {
  const external = Object.values(outputs).flatMap(({ imports }) => imports.filter((one) => one.external))
  return external.filter(({ path }) => !isBuiltin(path)).map(({ path, kind }) => ({ path, kind }))
}

function importedAtOnce({ outputs }: Metafile, entry: string): Set<string> {
  const found = new Set([entry])
  // Iteration over a set includes elements that are added during it.
  for (const name of found) {
    const imports = outputs[name]?.imports ?? []
    for (const { path, kind, external } of imports) {
      if (kind === 'import-statement' && !external) found.add(path)
    }
  }
  return found
}

function sizeOf({ outputs }: Metafile, names: Iterable<string>): number {
  let bytes = 0
  for (const name of names) bytes += outputs[name]?.bytes ?? 0
  return bytes
}
