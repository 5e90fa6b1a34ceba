// Adds to package-lock.json (or to bench's: `node .ci/complete-lockfile.mjs bench`) the optional packages of other platforms that `npm install`
// left out, each with the checksum that the registry has of it: `npm ci` wants every one of them named, and installs none of them here.
// Run it after each `npm install` that changed the lockfile. A package that the registry does not hold is an error: `overrides` replaces it, as bench/package.json does.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL(`../${process.argv[2] ?? '.'}/package-lock.json`, import.meta.url)
const lockfile = JSON.parse(readFileSync(path, 'utf8'))
const { packages } = lockfile
const added = []

for (const parent of Object.values(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`
    const platform = /(android|darwin|linux|win32)-(x64|arm64|arm|ia32)(?:-(gnu|musl|msvc))?$/.exec(name)
    if (packages[place]?.integrity !== undefined || platform === null) continue
    const [, os, cpu, libc] = platform
    packages[place] = {
      version,
      integrity: integrityOf(name, version),
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(libc === 'gnu' || libc === 'musl' ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {}),
      license: parent.license,
      optional: true,
      os: [os],
      ...packages[place],
    }
    added.push(name)
  }
}

lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify(lockfile, undefined, 2)}\n`)
process.stdout.write(`added ${added.length} packages\n`)

function integrityOf(name, version) {
  const integrity = execFileSync('npm', ['view', `${name}@${version}`, 'dist.integrity'], { encoding: 'utf8' }).trim()
  if (!integrity.startsWith('sha512-')) throw new Error(`the registry has no checksum of ${name}@${version}`)
  return integrity
}
