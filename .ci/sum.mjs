// Adds up vitest's JSON reports, and prints what failed and then the line "N passed, N failed".
// A file that could not be run counts as one failure, and so does a report that is not there.
import { readFileSync } from 'node:fs'

let passed = 0
const failed = []

for (const path of process.argv.slice(2)) {
  const report = read(path)
  if (report === undefined) {
    failed.push(`${path} was not written`)
    continue
  }
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed')
    passed += file.assertionResults.filter((test) => test.status === 'passed').length
    failed.push(...failures.map((test) => `${file.name}: ${test.fullName}`))
    if (file.status === 'failed' && failures.length === 0) failed.push(`${file.name}: ${file.message}`)
  }
}

for (const what of failed) process.stdout.write(`failed: ${what}\n`)
process.stdout.write(`${passed} passed, ${failed.length} failed\n`)
process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
