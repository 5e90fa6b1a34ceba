// Adds up what test runs left: for each, PATH.json, vitest's report, and PATH.status, its exit status. Prints what
// failed and then the line "N passed, N failed". A file that could not be run counts as one failure, and so does a
// run that failed, or left no report, though no test did.
import { readFileSync } from 'node:fs'

let passed = 0
const failed = []

for (const path of process.argv.slice(2)) {
  const files = readReport(`${path}.json`)
  const before = failed.length
  for (const file of files) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed')
    passed += file.assertionResults.filter((test) => test.status === 'passed').length
    failed.push(...failures.map((test) => `${file.name}: ${test.fullName}`))
    if (file.status === 'failed' && failures.length === 0) failed.push(`${file.name}: ${file.message}`)
  }
  const status = readFileSync(`${path}.status`, 'utf8').trim()
  if (failed.length === before && status !== '0')
    failed.push(`the run that was to write ${path}.json ended with ${status}`)
  if (files.length === 0) failed.push(`${path}.json has no tests`)
}

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
