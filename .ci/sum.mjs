// Adds up what test runs left: for each, PATH.json, vitest's report, and PATH.status, its exit status. Prints what
// failed, what was skipped, and then the line "N passed, N failed". Each of these counts as one failure: a file that
// could not be run, a run that failed, or left no report, though no test did, and a test file that no run had.
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const TESTS = 'test'

let passed = 0
const failed = []
const skipped = []
const left = new Set(
  readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => resolve(TESTS, path)),
)

for (const path of process.argv.slice(2)) {
  const files = readReport(`${path}.json`)
  const before = failed.length
  for (const file of files) {
    left.delete(file.name)
    const namesOf = (...states) =>
      file.assertionResults
        .filter(({ status }) => states.includes(status))
        .map(({ fullName }) => `${file.name}: ${fullName}`)
    const failures = namesOf('failed')
    passed += namesOf('passed').length
    failed.push(...failures)
    skipped.push(...namesOf('skipped', 'pending', 'todo', 'disabled'))
    if (file.status === 'failed' && failures.length === 0) failed.push(`${file.name}: ${file.message}`)
  }
  const status = readFileSync(`${path}.status`, 'utf8').trim()
  if (failed.length === before && status !== '0')
    failed.push(`the run that was to write ${path}.json ended with ${status}`)
  if (files.length === 0) failed.push(`${path}.json has no tests`)
}
failed.push(...Array.from(left, (file) => `${file}: no run had it`))

for (const what of skipped) process.stdout.write(`not run: ${what}\n`)
for (const what of failed) process.stdout.write(`failed: ${what}\n`)
process.stdout.write(`${passed} passed, ${failed.length} failed\n`)
process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return []
  }
}
